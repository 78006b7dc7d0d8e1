import type { Duplex } from 'node:stream';
import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { turned } from '../../core/loop.ts';
import type { Lsn } from '../../core/lsn.ts';
import { formatLsn } from '../../core/lsn.ts';
import { elapsed } from '../../core/time.ts';
import { badFrame } from '../wire/byte-reader.ts';
import type { SourceOptions } from '../session/client-config.ts';
import { serverError } from '../wire/copy-both.ts';
import { FrameWalker } from '../wire/frame-walker.ts';
import { Pace } from './pace.ts';
import type { ReplicationService } from './replication-service.ts';
import type { ReplicationStream, StreamSink } from './replication-stream.ts';
import { sourceError } from '../session/sqlstate.ts';
import { isStillServed, streamError } from './stream-error.ts';
import {
  COPY_DATA,
  COPY_DONE,
  ERROR_RESPONSE,
  KEEPALIVE,
  NOTICE_RESPONSE,
  XLOG_DATA,
  XLOG_HEADER_BYTES,
  copyDone,
  readKeepalive,
  readServerReport,
  xlogEnd,
} from '../wire/wire.ts';

const TICK_MS = 1_000;
/**
 * Longest time between status updates: safe with a wal_sender_timeout of 5 s, which some providers
 * set.
 */
const STATUS_EVERY_MS = 2_000;
/** Least time between status updates that only tell how far the stream was read. */
const REACHED_EVERY_MS = 500;
const CLOSE_WAIT_MS = 500;
/** Largest read of the socket. A turn with fewer bytes means that the socket is empty. */
const FULL_READ_BYTES = 64 * 1024;
const SILENCE_MS = 60_000;
const NOT_IN_PREREQUISITE_STATE = '55000';

/** What `openStream` has prepared. */
export interface WalReaderOptions {
  readonly source: SourceOptions;
  readonly slot: string;
  readonly target: string;
  readonly start: Lsn;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly service: ReplicationService;
  readonly socket: Duplex;
  readonly paced: boolean;
  readonly silenceMs?: number | undefined;
}

/**
 * Reads a socket in copy-both mode. Frames are read in place, in the chunks as they arrive. A timer
 * repeats the last acknowledgement, even while the socket is paused.
 */
export class WalReader implements ReplicationStream {
  readonly #options: WalReaderOptions;
  readonly #socket: Duplex;
  readonly #walker = new FrameWalker();
  readonly #pace = new Pace();
  readonly #ended = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #silenceMs: number;
  #heardAtMs = elapsed();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #sink: StreamSink | null = null;
  #acknowledged: Lsn;
  #reached: Lsn;
  #toldReached: Lsn;
  #receivedEnd = 0;
  #receivedKeepalive: Lsn;
  #statusAtMs = Number.NEGATIVE_INFINITY;
  #turnBytes = 0;
  #turnEnd: NodeJS.Immediate | null = null;
  #paused = false;
  #resting = false;
  #closing: Promise<void> | null = null;

  constructor(options: WalReaderOptions) {
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
    this.#socket = options.socket;
    this.#acknowledged = options.start;
    this.#reached = options.start;
    this.#toldReached = options.start;
    this.#receivedKeepalive = options.start;
    this.#ended.promise.catch(() => undefined);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      this.#closed.resolve();
      this.#fail(new Error('the connection ended'));
    });
    options.signal.addEventListener('abort', this.#onAbort);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    if (options.signal.aborted) this.#onAbort();
  }

  async read(sink: StreamSink): Promise<void> {
    this.#sink = sink;
    this.#socket.on('data', this.#onData);
    this.#flow();
    try {
      await this.#ended.promise;
    } catch (error) {
      await this.close();
      throw sourceError(await streamError(this.#options.source, this.#options.slot, error), `streaming from ${this.#options.target}`);
    }
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  acknowledge(lsn: Lsn): void {
    if (lsn <= this.#acknowledged) return;
    if (lsn > this.#receivedKeepalive && lsn > BigInt(this.#receivedEnd)) {
      throw new TailraceError('INTERNAL', `${formatLsn(lsn)} would be acknowledged, but was never received`);
    }
    this.#acknowledged = lsn;
    this.#sendStatus();
  }

  reached(lsn: Lsn): void {
    if (lsn <= this.#reached) return;
    this.#reached = lsn;
    if (elapsed() - this.#statusAtMs >= REACHED_EVERY_MS) this.#sendStatus();
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#ended.resolve();
    this.#sendStatus();
    if (this.#socket.writable) this.#socket.write(copyDone());
    // Discard the rest: the server reads our CopyDone only after its own bytes were taken.
    this.#socket.off('data', this.#onData);
    this.#socket.resume();
    const giveUp = setTimeout(() => this.#socket.destroy(), CLOSE_WAIT_MS);
    await this.#options.service.destroy();
    await this.#closed.promise;
    clearTimeout(giveUp);
  }

  readonly #onAbort = (): void => void this.close();

  readonly #onData = (chunk: Buffer): void => {
    if (this.#closing !== null || this.#sink === null) return;
    this.#heardAtMs = elapsed();
    try {
      this.#walker.push(chunk, this.#onFrame);
    } catch (error) {
      this.#fail(error);
    }
    this.#turnBytes += chunk.length;
    this.#turnEnd ??= setImmediate(this.#onTurnEnd);
  };

  /**
   * Sums up one turn of the event loop: TLS emits a chunk per message, even if many were read at
   * once.
   */
  readonly #onTurnEnd = (): void => {
    const bytes = this.#turnBytes;
    this.#turnBytes = 0;
    this.#turnEnd = bytes >= FULL_READ_BYTES ? setImmediate(this.#onTurnEnd) : null;
    if (this.#turnEnd !== null || this.#closing !== null) return;
    try {
      this.#sink?.drained();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#options.paced && bytes > 0) this.#rest(this.#pace.rest(bytes, elapsed()));
  };

  readonly #onFrame = (type: number, buf: Buffer, start: number, end: number): void => {
    if (type === COPY_DATA) this.#onCopyData(buf, start, end);
    else if (type === ERROR_RESPONSE) throw serverError(buf, start, end);
    else if (type === NOTICE_RESPONSE) this.#onNotice(buf, start, end);
    else if (type === COPY_DONE) throw new Error('the server ended the stream');
  };

  #onCopyData(buf: Buffer, start: number, end: number): void {
    const letter = start < end ? buf[start] : undefined;
    if (letter === XLOG_DATA) {
      if (end - start < XLOG_HEADER_BYTES) throw badFrame('it has WAL data without a header');
      const walEnd = xlogEnd(buf, start);
      if (walEnd > this.#receivedEnd) this.#receivedEnd = walEnd;
      this.#sink?.data(buf, start + XLOG_HEADER_BYTES, end, walEnd);
    } else if (letter === KEEPALIVE) {
      this.#onKeepalive(buf, start, end);
    } else {
      throw badFrame(`it has unknown stream data ${letter}`);
    }
  }

  #onKeepalive(buf: Buffer, start: number, end: number): void {
    const { walEnd, replyRequested } = readKeepalive(buf, start, end);
    if (walEnd > this.#receivedKeepalive) this.#receivedKeepalive = walEnd;
    const before = this.#acknowledged;
    this.#sink?.keepalive(walEnd, replyRequested);
    // Without a new position the answer waits for the timer: a server that shuts down asks again at
    // once for as long as we are behind.
    if (replyRequested && this.#acknowledged === before) this.#statusAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Postgres 18 reports a missing publication as a warning and continues without its tables.
   * Changes would be lost silently.
   */
  #onNotice(buf: Buffer, start: number, end: number): void {
    const report = readServerReport(buf, start, end);
    if (report.sqlState === NOT_IN_PREREQUISITE_STATE) throw new TailraceError('PUBLICATION_LOST', report.message);
    this.#options.log.info({ severity: report.severity, sqlState: report.sqlState }, 'notice of the source');
  }

  #tick(): void {
    const nowMs = elapsed();
    if (this.#paused || this.#sink === null) this.#heardAtMs = nowMs;
    const silentMs = nowMs - this.#heardAtMs;
    const due = nowMs - this.#statusAtMs >= STATUS_EVERY_MS || this.#reached > this.#toldReached;
    if (due) this.#sendStatus(silentMs > this.#silenceMs / 2);
    if (silentMs > this.#silenceMs && nowMs - this.#askedAtMs > this.#silenceMs) void this.#askElsewhere(nowMs);
  }

  /**
   * A server is silent while it decodes much WAL that is not for us, and also when it is gone. The
   * slot tells which, long before TCP times out.
   */
  async #askElsewhere(nowMs: number): Promise<void> {
    this.#askedAtMs = nowMs;
    if (await isStillServed(this.#options.source, this.#options.slot)) return;
    if (this.#heardAtMs < nowMs) this.#fail(new Error(`the server sent nothing for ${nowMs - this.#heardAtMs} ms`));
  }

  #sendStatus(ping = false): void {
    this.#statusAtMs = elapsed();
    turned();
    if (this.#reached < this.#acknowledged) this.#reached = this.#acknowledged;
    this.#toldReached = this.#reached;
    void this.#options.service.acknowledge(formatLsn(this.#acknowledged), ping, this.#reached);
  }

  #rest(ms: number): void {
    if (ms === 0 || this.#paused) return;
    this.#resting = true;
    this.#socket.pause();
    setTimeout(() => {
      this.#resting = false;
      this.#flow();
    }, ms);
  }

  #flow(): void {
    if (!this.#paused && !this.#resting && this.#sink !== null) this.#socket.resume();
  }

  #fail(error: unknown): void {
    this.#ended.reject(error);
    this.#socket.destroy();
  }
}
