import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Lsn } from '../core/lsn.ts';
import { moment } from '../core/time.ts';
import type { Time } from '../core/time.ts';
import { timerMs } from '../core/timer.ts';
import type { FileEntry, Manifest } from '../lake/manifest.ts';
import { MESSAGE, PgoutputDecoder } from '../postgres/pgoutput/decoder.ts';
import type { Relation } from '../postgres/pgoutput/handler.ts';
import type { ReplicationStream, StreamSink } from '../postgres/stream/replication-stream.ts';
import type { Acker } from './acker.ts';
import { adoptStreamed } from './adopt-streamed.ts';
import { Assembler } from './rows/assemble.ts';
import type { CatalogWatch } from './catalog/catalog-watch.ts';
import type { CatalogLook } from './catalog/known-table.ts';
import { decideCut, isFull } from './cut.ts';
import type { CutLimits } from './cut.ts';
import type { FactsObject } from './catalog/facts-store.ts';
import { Gate } from './gate.ts';
import { HeldStream } from './held-stream.ts';
import type { Batch, OpenBatch } from './rows/open-batch.ts';
import type { Publisher } from './publish.ts';
import type { StorePatience } from './store-patience.ts';
import type { StreamedTransaction } from './rows/streamed-transaction.ts';
import type { Commit } from './rows/transaction.ts';
import type { TablePart } from './rows/table-part.ts';
import type { Uploads } from './uploads.ts';

const STALL_CHECKS = 30;
const LAST_PUBLISH_MS = 5_000;

/** When to cut, how much to hold, and how long to wait for the lake. */
export interface SessionLimits extends CutLimits {
  readonly memoryBytes: number;
  /** A lake that takes nothing for so long must not keep the source from shutting down. */
  readonly stallMs: number;
}

/** A look at the catalog, which counts once the stream has passed `at`; `settled` is called when its facts are in the batch. */
export interface WaitingLook extends CatalogLook {
  readonly at: bigint;
  readonly settled: () => void;
}

/** What a session is wired from. */
export interface SessionParts {
  readonly stream: ReplicationStream;
  readonly batch: OpenBatch;
  readonly watch: CatalogWatch;
  /** Told of the content of each message of ours. */
  readonly hear: (content: string) => void;
  readonly publisher: Publisher;
  readonly uploads: Uploads;
  readonly acker: Acker;
  readonly patience: StorePatience;
  readonly limits: SessionLimits;
  readonly time: Time;
  readonly log: Log;
  /** Ends the session from inside. */
  readonly stop: AbortController;
  /** Aborted when the session is to end, by whoever; ends reading. */
  readonly stopped: AbortSignal;
  /** The session ends in order when this transaction has been published; null: it does not end by itself. */
  readonly until: number | null;
  /** Told of each stored manifest. */
  readonly published: (manifest: Manifest, batch: Batch) => void;
}

/** One connection's worth of replication: stream → assemble → cut → publish → acknowledge. It decides nothing, it asks. */
export class Session implements StreamSink {
  readonly #parts: SessionParts;
  readonly #assembler: Assembler;
  readonly #decoder: PgoutputDecoder;
  readonly #gate: Gate;
  readonly #held: HeldStream;
  #drained = true;
  #publishing: Promise<void> | null = null;
  #look: WaitingLook | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Infinity;
  #failure: unknown = null;
  #passed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#gate = new Gate(parts.stream);
    this.#held = new HeldStream(this);
    this.#assembler = new Assembler(parts.batch, {
      relation: (relation, commitLsn) => this.#explain(relation, commitLsn),
      truncated: (oid, xid) => parts.watch.truncated(oid, xid),
      said: parts.hear,
      committed: (xid) => this.#committedOne(xid),
      foresee: (relation) => parts.watch.foresee(relation),
      refused: (error) => this.fail(error),
      streamCommitted: (transaction, commit) => this.#adopt(transaction, commit),
      streamRolledBack: ({ files }) => void parts.uploads.unnamed.dropWritten(files),
    });
    this.#decoder = new PgoutputDecoder(this.#assembler);
  }

  /** Resolves when the session was stopped and what it was publishing is published; rejects with what broke it. */
  async run(): Promise<void> {
    const { stream, stop, stopped } = this.#parts;
    const watchdog = setInterval(() => this.#checkStall(), this.#parts.limits.stallMs / STALL_CHECKS);
    try {
      await stream.read(this.#held);
      if (this.#failure === null && stopped.aborted) await this.#finish();
    } catch (error) {
      this.fail(error);
    } finally {
      clearInterval(watchdog);
      if (this.#timer !== null) clearTimeout(this.#timer);
      stop.abort();
      await stream.close();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Ends the session because of an error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#parts.stop.abort();
  }

  /** True while an earlier look at the catalog still waits for the stream to pass it. */
  get looking(): boolean {
    return this.#look !== null;
  }

  take(look: WaitingLook): void {
    this.#look = look;
    if (!this.#assembler.inTransaction) this.#committed();
  }

  /** Something changed outside: memory is free again. */
  reconsider(): void {
    this.#consider();
  }

  data(buf: Buffer, start: number, end: number): void {
    this.#drained = false;
    this.#decoder.decode(buf, start, end);
    const { batch, limits } = this.#parts;
    const { stream } = this.#assembler;
    // Messages are not kept, and anybody may write them: a batch that is full of nothing could never be cut.
    if (buf[start] !== MESSAGE) (stream.current ?? batch).addBytes(end - start);
    if (stream.current === null ? isFull(batch, limits) : stream.bytes >= limits.bytes) this.#consider();
  }

  keepalive(walEnd: bigint, replyRequested: boolean): void {
    this.#parts.acker.keepalive(walEnd, replyRequested);
    this.#consider();
  }

  drained(): void {
    this.#drained = true;
    this.#consider();
  }

  #committed(): void {
    const look = this.#look;
    if (look !== null && !this.#held.busy && this.#parts.batch.position >= look.at) {
      this.#look = null;
      this.#hold(async () => {
        for (const [oid, plan] of await this.#parts.watch.settle(look)) this.#assembler.setPlan(oid, plan);
        look.settled();
      });
    }
    this.#consider();
  }

  #committedOne(xid: number): void {
    this.#passed ||= xid === this.#parts.until;
    this.#committed();
  }

  #adopt(transaction: StreamedTransaction, commit: Commit): void {
    const into = { ...this.#parts, assembler: this.#assembler, write: (part: TablePart) => this.#write(part) };
    this.#hold(() => adoptStreamed(transaction, commit, into));
  }

  #explain(relation: Relation, commitLsn: Lsn): void {
    this.#hold(async () => {
      this.#assembler.setPlan(relation.oid, await this.#parts.watch.relation(relation, commitLsn));
    });
  }

  /** Nothing is read from the stream until the work is done: what follows must not be read by what was known before. */
  #hold(work: () => Promise<void>): void {
    this.#gate.shut('catalog');
    this.#held.hold();
    void this.#release(work);
  }

  async #release(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#held.release()) this.#gate.open('catalog');
      this.#consider();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Does what is due now, and comes back when something will be. */
  #consider(): void {
    const { batch, limits, time } = this.#parts;
    if (this.#failure !== null) return;
    const { wallMs, elapsedMs: nowMs } = moment(time);
    const { inTransaction } = this.#assembler;
    const { rows, bytes, worthy, costly, openedAtMs } = batch;
    const lagMs = batch.lagMs(wallMs);
    const decision = decideCut(
      { rows, bytes, worthy, costly, lagMs, openedAtMs, drained: this.#drained, inTransaction, publishing: this.#publishing !== null },
      limits,
      nowMs,
    );
    if (decision.kind === 'cut') this.#publish();
    else if (decision.kind === 'spill') batch.spill((part) => this.#write(part));
    else if (decision.ms !== null) this.#wakeIn(decision.ms, nowMs);
    else this.#heartbeat(nowMs);
    if (this.#assembler.stream.bytes >= limits.bytes) this.#assembler.stream.spillLargest((part) => this.#write(part));
    this.#checkMemory();
  }

  #heartbeat(nowMs: number): void {
    const { acker, batch } = this.#parts;
    const idle = batch.openedAtMs === null && this.#publishing === null && !this.#held.busy && !this.#assembler.inTransaction;
    const decision = acker.heartbeat(idle, nowMs);
    if (decision.kind === 'wait') return decision.ms === null ? undefined : this.#wakeIn(decision.ms, nowMs);
    batch.skipTo(decision.to);
    this.#publish();
  }

  #publish(): void {
    const { batch, watch } = this.#parts;
    this.#publishing = this.#publishBatch(batch.take(), watch.capture());
  }

  /** Never rejects: a failure ends the session. */
  async #publishBatch(batch: Batch, facts: FactsObject): Promise<void> {
    try {
      const manifest = await this.#parts.publisher.publish(batch, facts);
      this.#publishing = null;
      this.#parts.published(manifest, batch);
      if (this.#passed) this.#parts.stop.abort();
      this.#committedSoFar();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A heartbeat manifest may have passed the look that waits. */
  #committedSoFar(): void {
    if (this.#assembler.inTransaction) this.#consider();
    else this.#committed();
  }

  #write(part: TablePart): Promise<FileEntry> {
    const written = this.#parts.uploads.write(part);
    written.catch((error: unknown) => this.fail(error));
    return written;
  }

  /** One place to wait for a slow lake: what is held in memory stays within its budget. */
  #checkMemory(): void {
    const { batch, uploads, limits } = this.#parts;
    const bytes = batch.bytes + this.#assembler.stream.bytes + uploads.waitingBytes;
    if (bytes >= limits.memoryBytes) this.#gate.shut('memory');
    else if (bytes < limits.memoryBytes / 2) this.#gate.open('memory');
  }

  #checkStall(): void {
    const { patience, limits } = this.#parts;
    if (patience.stalledMs() < limits.stallMs) return;
    this.fail(new TailraceError('LAKE_UNAVAILABLE', `nothing could be stored for ${limits.stallMs / 1000} s, so the source is let go`));
  }

  /** Stopped in good order: what is complete goes into the lake. */
  async #finish(): Promise<void> {
    const publishAll = async (): Promise<void> => {
      await this.#publishing;
      if (this.#failure !== null || this.#assembler.inTransaction || this.#held.busy || this.#parts.batch.openedAtMs === null) return;
      this.#publish();
      await this.#publishing;
    };
    await Promise.race([publishAll(), sleep(LAST_PUBLISH_MS, undefined, { ref: false })]);
  }

  #wakeIn(ms: number, nowMs: number): void {
    if (this.#timer !== null && this.#timerAtMs <= nowMs + ms) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = nowMs + ms;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#consider();
    }, timerMs(ms));
  }
}
