import type { Lsn } from '../../core/lsn.ts';
import { moment } from '../../core/time.ts';
import type { Moment, Time } from '../../core/time.ts';
import type { CatalogEvent, FileEntry } from '../../lake/manifest.ts';
import type { RowFiles } from './row-files.ts';
import type { Transaction } from './transaction.ts';
import type { TablePart } from './table-part.ts';

/** A batch to be published: the changes of whole transactions. */
export interface Batch {
  readonly from: Lsn;
  readonly to: Lsn;
  /** First and last commit time in microseconds since 1970; null without a commit. */
  readonly commitTimesUs: readonly [bigint, bigint] | null;
  /** Its newest transaction with content; null: there is none. */
  readonly anchor: Transaction | null;
  /** Files that were written while a large transaction was arriving. They come before `parts`. */
  readonly written: readonly Promise<FileEntry>[];
  readonly parts: readonly TablePart[];
  readonly catalog: readonly CatalogEvent[];
  /** Ids of the proofs that were requested by messages in it. */
  readonly proofs: readonly string[];
  /** When its first transaction began to arrive; null: it only has a position. */
  readonly opened: Moment | null;
}

/** Anyone may write messages, so their number is bounded. A dropped request is sent again. */
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

  /** End of its last transaction, where the next batch begins. */
  get position(): Lsn {
    return this.#to;
  }

  /** Column data in memory; an estimate that is rather too high. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When its first transaction began, by a clock that never steps; null while it is empty. */
  get openedAtMs(): number | null {
    return this.#opened?.elapsedMs ?? null;
  }

  /**
   * True if readers wait for it: it has rows, facts about tables or one of our messages, not only a
   * position.
   */
  get worthy(): boolean {
    return this.#urged || this.hasContent;
  }

  /** True if it has rows or facts about tables, which are not in the lake before it is. */
  get hasContent(): boolean {
    return this.#parts.length > 0 || this.#written.length > 0 || this.#catalog.length > 0;
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * True if it has a file that the compactor must apply separately, and nobody waits for the batch.
   * Then fewer and larger batches are worth a delay.
   */
  get costly(): boolean {
    return !this.#urged && this.#parts.some((part) => part.costly);
  }

  /**
   * Time since the commit of its newest transaction; 0 without one. It compares two clocks, so it
   * may be negative.
   */
  lagMs(wallMs: number): number {
    return this.#newestMs === null ? 0 : wallMs - this.#newestMs;
  }

  /** A transaction begins. */
  open(): void {
    this.#opened ??= moment(this.#time);
  }

  /** One of our messages is in the open transaction, so someone waits for it. */
  urge(): void {
    this.#urged = true;
  }

  /** Someone waits until their message is in the lake. */
  addProof(id: string): void {
    if (this.#proofs.length < MOST_PROOFS) this.#proofs.push(id);
  }

  openPart(files: RowFiles): TablePart {
    const part = files.open();
    this.#parts.push(part);
    return part;
  }

  /** Counts a row image and the memory that it takes. */
  addRow(bytes: number): void {
    this.#rows += 1;
    this.#bytes += bytes;
  }

  /**
   * `anchor`: the transaction, if it has content; null: the source may skip it when it sends the
   * log again.
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

  /** Ends the files in the middle of a transaction and writes them at once. */
  spill(write: (part: TablePart) => Promise<FileEntry>): void {
    for (const part of this.#takeParts()) this.#written.push(write(part));
  }

  /**
   * Adds the files of a transaction that was in progress and is now committed. Files in memory must
   * be spilled first.
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

  /** Moves to the position of an idle source. Only while the batch is empty. */
  skipTo(position: Lsn): void {
    this.#to = position;
  }

  #takeParts(): TablePart[] {
    const parts = this.#parts;
    for (const part of parts) part.files.part = null;
    this.#parts = [];
    this.#bytes = 0;
    return parts;
  }
}
