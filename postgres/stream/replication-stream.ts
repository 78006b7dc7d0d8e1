import type { Lsn } from '../../core/lsn.ts';

/** Receives the stream, synchronously and in order. Bytes are valid only during the call. */
export interface StreamSink {
  /**
   * One pgoutput message in `buf[start..end)`. `walEnd`: as in the header; 0 for some messages,
   * exact below 8 PiB of WAL.
   */
  data(buf: Buffer, start: number, end: number, walEnd: number): void;
  /**
   * The server has nothing to send below `walEnd`. Acknowledge the durable position here: the
   * answer follows if one is requested.
   */
  keepalive(walEnd: Lsn, replyRequested: boolean): void;
  /** Everything that the socket held was passed on. */
  drained(): void;
}

/** One session of logical replication. Each session is a new object. */
export interface ReplicationStream extends AsyncDisposable {
  /**
   * Passes the stream to the sink until it is closed or the signal is aborted (resolves), or until
   * it breaks (rejects): SOURCE_UNREACHABLE, SLOT_LOST, PUBLICATION_LOST, BAD_FRAME, or an error of
   * the sink. Call it once.
   */
  read(sink: StreamSink): Promise<void>;
  /**
   * Backpressure: nothing is read from the socket until `resume`. Status updates continue. A chunk
   * that is being passed on is finished.
   */
  pause(): void;
  resume(): void;
  /**
   * Everything below `lsn` is durable. A larger LSN than before is sent exactly and at once; a
   * smaller one is ignored; one beyond the received position throws.
   */
  acknowledge(lsn: Lsn): void;
  /**
   * Everything below `lsn` is durable or was not for us. The server shows it as written, within a
   * second or two, and keeps all WAL that is not acknowledged.
   */
  reached(lsn: Lsn): void;
  /** Sends the last acknowledgement and ends copy and session. Never rejects. */
  close(): Promise<void>;
}
