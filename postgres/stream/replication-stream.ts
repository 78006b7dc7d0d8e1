import type { Lsn } from '../../core/lsn.ts';

/**
 * Told of what the stream brings, synchronously and in order. Bytes are valid during the call only.
 */
export interface StreamSink {
  /**
   * One pgoutput message in `buf[start..end)`. `walEnd`: as in the header; 0 for some messages,
   * exact below 8 PiB of WAL.
   */
  data(buf: Buffer, start: number, end: number, walEnd: number): void;
  /**
   * The server has nothing to send below `walEnd`. Acknowledge here what is durable: the answer
   * follows when one is requested.
   */
  keepalive(walEnd: Lsn, replyRequested: boolean): void;
  /** Everything the socket held has been shown. */
  drained(): void;
}

/** One session of logical replication. A new session is a new object. */
export interface ReplicationStream extends AsyncDisposable {
  /**
   * Shows the stream to the sink until it is closed or the signal is aborted (resolves), or until
   * it breaks (rejects): SOURCE_UNREACHABLE, SLOT_LOST, PUBLICATION_LOST, BAD_FRAME, or whatever
   * the sink threw. Call it once.
   */
  read(sink: StreamSink): Promise<void>;
  /**
   * Backpressure: nothing is read from the socket until `resume`; status updates go on. A chunk
   * that was being shown is shown to its end.
   */
  pause(): void;
  resume(): void;
  /**
   * Everything below `lsn` is durable. Sent exactly and at once when it is news; a smaller LSN is
   * ignored; one beyond what was received throws.
   */
  acknowledge(lsn: Lsn): void;
  /** Last acknowledgement, end of copy, end of session. Never rejects. */
  close(): Promise<void>;
}
