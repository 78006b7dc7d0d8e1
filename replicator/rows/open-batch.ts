import type { Lsn } from '../../core/lsn.ts';
import { moment } from '../../core/time.ts';
import type { Moment, Time } from '../../core/time.ts';
import type { CatalogEvent, FileEntry } from '../../lake/manifest.ts';
import type { RelationPlan } from './relation-plan.ts';
import type { Transaction } from './transaction.ts';
import { TablePart } from './table-part.ts';

/** A batch that is to be published: the changes of whole transactions. */
export interface Batch {
  readonly from: Lsn;
  readonly to: Lsn;
  /** Least and greatest commit time in microseconds since 1970; null when nothing was committed. */
  readonly commitTimesUs: readonly [bigint, bigint] | null;
  /** Its newest transaction with content; null: it has none. */
  readonly anchor: Transaction | null;
  /** Files written while a large transaction was still arriving; before `parts` in order. */
  readonly written: readonly Promise<FileEntry>[];
  readonly parts: readonly TablePart[];
  readonly catalog: readonly CatalogEvent[];
  /** Ids of those who wait for a message of theirs that is in it. */
  readonly proofs: readonly string[];
  /** When its first transaction began to arrive; null where it only carries a position. */
  readonly opened: Moment | null;
}

/** Anybody may write messages; who is left out asks again. */
const MOST_PROOFS = 100;

/** The batch under construction. */
export class OpenBatch {
  readonly #time: Time;
  #from: Lsn;
  #to: Lsn;
  #commitTimesUs: [bigint, bigint] | null = null;
  #newestMs: number | null = null;
  #anchor: Transaction | null = null;
  #written: Promise<FileEntry>[] = [];
  #parts: TablePart[] = [];
  #catalog: CatalogEvent[] = [];
  #proofs: string[] = [];
  #rows = 0;
  #bytes = 0;
  #opened: Moment | null = null;
  #urged = false;

  constructor(position: Lsn, time: Time) {
    this.#from = position;
    this.#to = position;
    this.#time = time;
  }

  /** End of the last transaction in it: where the next batch begins. */
  get position(): Lsn {
    return this.#to;
  }

  /** Column data in memory, roughly and rather too much. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When its first transaction began, by the clock that never steps; null while it is empty. */
  get openedAtMs(): number | null {
    return this.#opened?.elapsedMs ?? null;
  }

  /**
   * True when readers wait for it: it has rows, facts about tables or one of our messages, and not
   * only a position.
   */
  get worthy(): boolean {
    return this.#urged || this.#parts.length > 0 || this.#written.length > 0 || this.#catalog.length > 0;
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * True when it has a file that the compactor applies by itself, and nobody is known to wait:
   * fewer and larger ones are worth some patience.
   */
  get costly(): boolean {
    return !this.#urged && this.#parts.some((part) => part.costly);
  }

  /**
   * How long ago the newest of its transactions was committed; 0 where it has none. Of two clocks,
   * so it may be negative.
   */
  lagMs(wallMs: number): number {
    return this.#newestMs === null ? 0 : wallMs - this.#newestMs;
  }

  /** A transaction begins. */
  open(): void {
    this.#opened ??= moment(this.#time);
  }

  /** One of our messages is in the open transaction: somebody waits for it. */
  urge(): void {
    this.#urged = true;
  }

  /** Somebody waits until a message of theirs is in the lake. */
  addProof(id: string): void {
    if (this.#proofs.length < MOST_PROOFS) this.#proofs.push(id);
  }

  openPart(plan: RelationPlan): TablePart {
    const part = new TablePart(plan);
    plan.part = part;
    this.#parts.push(part);
    return part;
  }

  /** Counts a row image and the memory that it takes. */
  addRow(bytes: number): void {
    this.#rows += 1;
    this.#bytes += bytes;
  }

  /**
   * `anchor`: the transaction where it has content; null: the source may leave it out when it is
   * asked again.
   */
  commit(endLsn: Lsn, commitTimeUs: bigint, anchor: Transaction | null): void {
    this.#to = endLsn;
    if (anchor !== null) this.#anchor = anchor;
    this.#newestMs = Math.max(Number(commitTimeUs) / 1000, this.#newestMs ?? 0);
    const times = this.#commitTimesUs;
    if (times === null) this.#commitTimesUs = [commitTimeUs, commitTimeUs];
    else if (commitTimeUs < times[0]) times[0] = commitTimeUs;
    else if (commitTimeUs > times[1]) times[1] = commitTimeUs;
  }

  addCatalogEvent(event: CatalogEvent): void {
    this.open();
    this.#catalog.push(event);
  }

  /**
   * Takes the files as they are, in the middle of a transaction, to be written at once; `written`
   * receives what becomes of them.
   */
  spill(write: (part: TablePart) => Promise<FileEntry>): void {
    for (const part of this.#takeParts()) this.#written.push(write(part));
  }

  /**
   * Files of a transaction that came while it ran and is committed now; what is in memory must have
   * been written before.
   */
  adopt(files: readonly Promise<FileEntry>[]): void {
    this.open();
    this.#written.push(...files);
  }

  /** Takes the batch and begins the next one where it ends. Only between transactions. */
  take(): Batch {
    const batch: Batch = {
      from: this.#from,
      to: this.#to,
      commitTimesUs: this.#commitTimesUs,
      anchor: this.#anchor,
      written: this.#written,
      parts: this.#takeParts(),
      catalog: this.#catalog,
      proofs: this.#proofs,
      opened: this.#opened,
    };
    this.#from = this.#to;
    this.#commitTimesUs = null;
    this.#newestMs = null;
    this.#anchor = null;
    this.#written = [];
    this.#catalog = [];
    this.#proofs = [];
    this.#rows = 0;
    this.#opened = null;
    this.#urged = false;
    return batch;
  }

  /**
   * The position of an idle source: nothing lies between here and there. Only while it is empty.
   */
  skipTo(position: Lsn): void {
    this.#to = position;
  }

  #takeParts(): TablePart[] {
    const parts = this.#parts;
    for (const part of parts) part.plan.part = null;
    this.#parts = [];
    this.#bytes = 0;
    return parts;
  }
}
