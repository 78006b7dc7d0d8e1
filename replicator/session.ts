import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import type { Lsn } from '../core/lsn.ts';
import type { Time } from '../core/time.ts';
import type { FileEntry, Manifest } from '../lake/manifest.ts';
import type { Relation } from '../postgres/pgoutput/handler.ts';
import type { ReplicationStream } from '../postgres/stream/replication-stream.ts';
import type { Acker } from './acker.ts';
import { adoptStreamed } from './adopt-streamed.ts';
import type { CatalogWatch } from './catalog/catalog-watch.ts';
import type { Looks } from './catalog/looks.ts';
import type { CutLimits } from './cut.ts';
import { Cutter } from './cutter.ts';
import type { StreamState } from './cutter.ts';
import { Gate } from './gate.ts';
import { HeldStream } from './held-stream.ts';
import { Intake } from './intake.ts';
import type { Publisher } from './publish.ts';
import { Assembler } from './rows/assemble.ts';
import type { AssemblerListener } from './rows/assemble.ts';
import type { NotInProgress } from './rows/not-in-progress.ts';
import type { Batch, OpenBatch } from './rows/open-batch.ts';
import type { RelationPlan } from './rows/relation-plan.ts';
import type { StreamedTransaction } from './rows/streamed-transaction.ts';
import type { TablePart } from './rows/table-part.ts';
import type { Commit } from './rows/transaction.ts';
import type { StorePatience } from './store-patience.ts';
import type { Uploads } from './uploads.ts';

const STALL_CHECKS = 30;
const LAST_PUBLISH_MS = 5_000;

/** When to cut, how much to hold, and how long to wait for the lake. */
interface SessionLimits extends CutLimits {
  readonly memoryBytes: number;
  /**
   * A lake that takes nothing for this long must not keep the source from shutting down.
   * Milliseconds.
   */
  readonly stallMs: number;
}

/** What a session is wired from. */
export interface SessionParts {
  readonly stream: ReplicationStream;
  readonly batch: OpenBatch;
  readonly watch: CatalogWatch;
  readonly looks: Looks;
  /** Called with the content of each of our messages. */
  readonly hear: (content: string) => void;
  readonly publisher: Publisher;
  readonly uploads: Uploads;
  readonly acker: Acker;
  readonly patience: StorePatience;
  readonly limits: SessionLimits;
  readonly time: Time;
  /** Ends the session from inside. */
  readonly stop: AbortController;
  /** Aborted when the session is to end, from inside or outside; ends reading. */
  readonly stopped: AbortSignal;
  /**
   * The session ends in order once the transaction of this xid is published, or will never come;
   * null: it does not end by itself.
   */
  readonly lastXid: number | null;
  /** Called with each stored manifest. */
  readonly published: (manifest: Manifest, batch: Batch) => void;
}

/**
 * Replication over one connection: stream → assemble → cut → publish → acknowledge. It decides
 * nothing itself; it asks pure functions.
 */
export class Session implements AssemblerListener {
  readonly #parts: SessionParts;
  readonly #assembler: Assembler;
  readonly #cutter: Cutter;
  readonly #intake: Intake;
  readonly #held: HeldStream;
  readonly #gate: Gate;
  #failure: unknown = null;
  #sawLast = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const due = (): void => this.reconsider();
    this.#gate = new Gate(parts.stream);
    this.#assembler = new Assembler(parts.batch, this);
    this.#intake = new Intake({ ...parts, assembler: this.#assembler, due });
    this.#held = new HeldStream(this.#intake);
    this.#cutter = new Cutter({
      ...parts,
      write: this.#write,
      published: (manifest, batch) => this.#published(manifest, batch),
      failed: (error) => this.fail(error),
      due,
    });
    parts.uploads.onStored(due);
  }

  /**
   * Resolves when the session was stopped and has published what was complete; rejects with the
   * error that broke it.
   */
  async run(): Promise<void> {
    const { stream, stop, stopped, limits } = this.#parts;
    const watchdog = setInterval(() => this.#checkStall(), limits.stallMs / STALL_CHECKS);
    try {
      await stream.read(this.#held);
      // Stopped in order: what is complete goes into the lake.
      if (this.#failure === null && stopped.aborted)
        await Promise.race([this.#cutter.finish(() => this.#mayEnd()), sleep(LAST_PUBLISH_MS, undefined, { ref: false })]);
    } catch (error) {
      this.fail(error);
    } finally {
      clearInterval(watchdog);
      this.#cutter.close();
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

  /** Does what is due: something has come, was stored, or was learned. */
  reconsider(): void {
    if (this.#failure !== null) return;
    if (!this.#assembler.inTransaction) this.#settleLook();
    this.#cutter.consider(this.#state());
    this.#tellReached();
    const { stream } = this.#assembler;
    if (stream.bytes >= this.#parts.limits.bytes) stream.spillLargest(this.#write);
    this.#checkMemory();
  }

  relation(relation: Relation, commitLsn: Lsn): void {
    this.#hold(async () => {
      this.#assembler.setPlan(relation.oid, await this.#parts.watch.relation(relation, commitLsn));
    });
  }

  foresee(relation: Relation): RelationPlan | null | undefined {
    return this.#parts.watch.foresee(relation);
  }

  truncated(oid: number, xid: number): void {
    this.#parts.watch.truncated(oid, xid);
  }

  said(content: string): void {
    this.#parts.hear(content);
  }

  committed(xid: number): void {
    this.#sawLast ||= xid === this.#parts.lastXid;
    this.reconsider();
  }

  streamCommitted(transaction: StreamedTransaction, commit: Commit): void {
    this.#hold(() => adoptStreamed(transaction, commit, { ...this.#parts, assembler: this.#assembler, write: this.#write }));
  }

  streamRolledBack({ files }: StreamedTransaction): void {
    void this.#parts.uploads.unnamed.dropWritten(files);
  }

  refused(error: NotInProgress): void {
    this.fail(error);
  }

  /** A batch may end here, and nothing has failed. */
  #mayEnd(): boolean {
    return this.#failure === null && !this.#assembler.inTransaction && !this.#held.busy;
  }

  #state(): StreamState {
    return { drained: this.#intake.isDrained, inTransaction: this.#assembler.inTransaction, held: this.#held.busy };
  }

  /**
   * Tells the source how far the stream was read, unless something of it is not in the lake yet.
   */
  #tellReached(): void {
    const { batch, acker, stream } = this.#parts;
    if (batch.hasContent || this.#assembler.inTransaction || this.#cutter.publishing || this.#held.busy) return;
    stream.reached(acker.reached(batch.position));
  }

  #settleLook(): void {
    const { looks, watch, batch } = this.#parts;
    const look = this.#held.busy ? null : looks.passed(batch.position);
    if (look === null) return;
    this.#hold(async () => {
      for (const [oid, plan] of await watch.settle(look)) this.#assembler.setPlan(oid, plan);
      void looks.settled(look);
      // It was rolled back, or an earlier session has published it.
      if (look.lastEnded) this.#parts.stop.abort();
    });
  }

  /** Shows nothing of the stream until the work is done: it decides how the rest is read. */
  #hold(work: () => Promise<void>): void {
    this.#gate.shut('catalog');
    this.#held.hold();
    void this.#release(work);
  }

  async #release(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#held.release()) this.#gate.open('catalog');
      this.reconsider();
    } catch (error) {
      this.fail(error);
    }
  }

  #published(manifest: Manifest, batch: Batch): void {
    this.#parts.published(manifest, batch);
    if (this.#sawLast) this.#parts.stop.abort();
  }

  readonly #write = (part: TablePart): Promise<FileEntry> => {
    const written = this.#parts.uploads.write(part);
    written.catch((error: unknown) => this.fail(error));
    return written;
  };

  /** The one place that waits for a slow lake: what is in memory stays within its budget. */
  #checkMemory(): void {
    const { batch, uploads, limits } = this.#parts;
    const bytes = batch.bytes + this.#assembler.stream.bytes + uploads.waitingBytes;
    if (bytes >= limits.memoryBytes) this.#gate.shut('memory');
    else if (bytes < limits.memoryBytes / 2) this.#gate.open('memory');
  }

  #checkStall(): void {
    const { patience, limits } = this.#parts;
    if (patience.stalledMs() < limits.stallMs) return;
    this.fail(
      new TailraceError(
        'LAKE_UNAVAILABLE',
        `nothing could be stored for ${limits.stallMs / 1000} s, so the connection to the source is closed`,
      ),
    );
  }
}
