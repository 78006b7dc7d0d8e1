import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { HEADER_BYTES, FrameWalker } from './frame-walker.ts';
import { COPY_DATA, COPY_DONE, COPY_OUT, READY_FOR_QUERY } from './wire.ts';

/**
 * Receives the payload of one CopyData message. The bytes are valid only during the call, and the
 * callee may overwrite them.
 */
export type CopySink = (buf: Buffer, start: number, end: number) => void;

type OnData = (chunk: Buffer) => void;

/** Chunks of the socket that may wait for the reader. */
const CHUNKS_AHEAD = 4;

/**
 * A `COPY … TO STDOUT` for the driver's queue that passes on the rows in place, in the chunks of
 * the socket. `pg-copy-streams` makes a buffer of each row and copies it twice, which is a third of
 * the cost of copying a table.
 *
 * While it runs, it alone reads the socket. All other messages (errors, notices, the end of the
 * command) go to the driver afterwards, in order.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class CopyOut implements Submittable {
  readonly #sql: string;
  readonly #sink: CopySink;
  readonly #walker = new FrameWalker();
  readonly #chunks: Buffer[] = [];
  readonly #forDriver: Buffer[] = [];
  #socket: Duplex | null = null;
  #driver: OnData | null = null;
  #over = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(sql: string, sink: CopySink) {
    this.#sql = sql;
    this.#sink = sink;
  }

  /** Called by the driver when it is this command's turn. */
  submit(connection: Connection): void {
    const socket = connection.stream;
    this.#socket = socket;
    this.#driver = socket.listeners('data')[0] as OnData;
    socket.off('data', this.#driver);
    socket.on('data', this.#onData);
    connection.query(this.#sql);
  }

  /**
   * Passes the received bytes to the sink, then yields; reads more when asked. Throws the server's
   * error, or that of the sink.
   */
  async *read(): AsyncGenerator<void, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#walker.push(chunk, this.#onFrame);
        if (this.#over) {
          this.#giveBack();
          continue;
        }
        if (this.#chunks.length === 0) this.#socket?.resume();
        yield;
      } else if (this.#failure !== null) throw this.#failure.error;
      else if (this.#over) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Called by the driver: the server refused, or the connection was lost. */
  handleError(error: unknown): void {
    this.#over = true;
    this.#failure ??= { error };
    this.#wake();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {}

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    if (this.#chunks.length >= CHUNKS_AHEAD) this.#socket?.pause();
    this.#wake();
  };

  readonly #onFrame = (type: number, buf: Buffer, start: number, end: number): void => {
    if (type === COPY_DATA) return this.#sink(buf, start, end);
    if (type === COPY_OUT || type === COPY_DONE) return;
    this.#forDriver.push(Buffer.from(buf.subarray(start - HEADER_BYTES, end)));
    if (type === READY_FOR_QUERY) this.#over = true;
  };

  /** The last message of the command has arrived; the server sends nothing more unasked. */
  #giveBack(): void {
    const driver = this.#driver;
    if (this.#socket === null || driver === null) return;
    this.#socket.off('data', this.#onData);
    this.#socket.on('data', driver);
    this.#socket.resume();
    driver(Buffer.concat(this.#forDriver));
  }
}
