import { TailraceError } from '../../core/errors.ts';
import type { ColumnBuilder } from '../../postgres/codec/column-builder.ts';
import { createBuilder, NULL_IN_DECIMAL } from '../../postgres/codec/create-builder.ts';
import { TUPLE_BINARY, TUPLE_NULL, TUPLE_TEXT, TUPLE_UNCHANGED } from '../../postgres/pgoutput/tuple.ts';
import type { TupleRange } from '../../postgres/pgoutput/tuple.ts';
import { finishPart } from './finish-part.ts';
import type { FinishedPart } from './finish-part.ts';
import { keyOf } from './key-of.ts';
import { Lineage } from './lineage.ts';
import { NOTHING, PLAIN } from './relation-plan.ts';
import type { RelationPlan } from './relation-plan.ts';
import type { RowFiles } from './row-files.ts';
import { DELETE, INSERT, SystemColumns, TRUNCATE, UPDATE } from './system-columns.ts';
import type { Transaction } from './transaction.ts';

/**
 * One row image on the wire. `old` is the other image, for values that `tuple` does not have. Valid
 * only during the call.
 */
export interface RowSource {
  tuple: TupleRange;
  old: TupleRange | null;
  buf: Buffer;
}

/** How many rows of each kind a file has; they add up to its rows. */
export interface ChangeCounts {
  inserts: number;
  /** New images of updates, including those of key changes. */
  updates: number;
  /** Old images that end a row; under identity `full` also the old image of an update. */
  deletes: number;
  truncates: number;
  /** Tombstones of keys that rows have left. */
  keyChanges: number;
}

/**
 * One file while it grows: rows of one table in one schema, built directly from the bytes of the
 * stream.
 */
export class TablePart {
  readonly files: RowFiles;
  readonly plan: RelationPlan;
  readonly counts: ChangeCounts = { inserts: 0, updates: 0, deletes: 0, truncates: 0, keyChanges: 0 };
  readonly #builders: readonly ColumnBuilder[];
  readonly #system: SystemColumns;
  readonly #lineage = new Lineage();
  readonly #positions: Int32Array;
  /** Null if nothing is masked. */
  readonly #masks: Uint8Array | null;
  /** Ids of columns that are NOT NULL but have a NULL. */
  readonly #nulls = new Set<number>();
  #first: Transaction | null = null;
  #last: Transaction | null = null;

  constructor(files: RowFiles) {
    const { plan, spare } = files;
    this.files = files;
    this.plan = plan;
    this.#builders = spare ?? plan.table.columns.map((column) => createBuilder(column.type, !plan.table.key.includes(column.id)));
    files.spare = null;
    this.#system = new SystemColumns(plan.table.columns.length);
    this.#positions = plan.positions;
    this.#masks = plan.masks.some((mask) => mask !== PLAIN) ? plan.masks : null;
  }

  get rows(): number {
    return this.#system.rows;
  }

  /**
   * True if the compactor needs a separate step for it: it has a truncate, or unchanged values
   * under changed keys.
   */
  get costly(): boolean {
    return this.counts.truncates > 0 || (this.counts.keyChanges > 0 && this.#system.markedRows > 0);
  }

  /**
   * Appends a whole row. Values that were not sent come from the old image if it has them;
   * otherwise they are marked as unchanged.
   */
  image(op: number, ordinal: number, transaction: Transaction, row: RowSource): void {
    const { tuple, old, buf } = row;
    this.#begin(op, ordinal, transaction);
    for (let i = 0; i < this.#builders.length; i += 1) {
      const builder = this.#builders[i];
      if (builder === undefined) continue;
      // A value stored out of line is never NULL, so `n` in the old image means that it was not
      // sent there either.
      const at = this.#positions[i] ?? 0;
      const from = tuple.kind[at] === TUPLE_UNCHANGED && old !== null && old.kind[at] !== TUPLE_NULL ? old : tuple;
      this.#appendValue(builder, i, from, buf);
    }
    if (op === INSERT) this.counts.inserts += 1;
    else if (op === UPDATE) this.counts.updates += 1;
    else this.counts.deletes += 1;
    if (this.#lineage.active) this.#lineage.note(this.rows - 1, keyOf(this.plan, row));
  }

  /** Appends the end of a row: only its key counts. */
  tombstone(ordinal: number, transaction: Transaction, row: RowSource): void {
    this.#appendKey(ordinal, transaction, row);
    this.counts.deletes += 1;
    if (this.#lineage.active) this.#lineage.note(this.rows - 1, keyOf(this.plan, row));
  }

  /**
   * Appends the end of a row that continues under another key. `after` is its new image, which the
   * caller appends next.
   */
  keyChange(ordinal: number, transaction: Transaction, images: { readonly before: RowSource; readonly after: RowSource }): void {
    this.#appendKey(ordinal, transaction, images.before);
    this.counts.keyChanges += 1;
    this.#lineage.rekey(this.rows - 1, keyOf(this.plan, images.before), keyOf(this.plan, images.after));
  }

  /** Appends a truncate: all rows before this one are gone. */
  truncate(ordinal: number, transaction: Transaction): void {
    this.#begin(TRUNCATE, ordinal, transaction);
    this.counts.truncates += 1;
    this.#builders.forEach((builder, index) => {
      if (this.plan.isKey[index] === 1) builder.appendDefault();
      else builder.appendNull();
    });
  }

  /** Ends the file; nothing can be appended afterwards. */
  finish(): FinishedPart {
    const columns = this.#builders.map((builder) => builder.finish());
    this.files.spare = this.#builders;
    return finishPart({
      plan: this.plan,
      counts: this.counts,
      columns,
      nulls: [...this.#nulls].toSorted((a, b) => a - b),
      system: this.#system,
      lineage: this.#lineage.active ? this.#lineage : null,
      minCommitLsn: this.#first?.commitLsn ?? 0n,
      maxCommitLsn: this.#last?.commitLsn ?? 0n,
    });
  }

  #begin(op: number, ordinal: number, transaction: Transaction): void {
    this.#first ??= transaction;
    this.#last = transaction;
    this.#system.append(op, ordinal, transaction);
  }

  #appendKey(ordinal: number, transaction: Transaction, { tuple, buf }: RowSource): void {
    this.#begin(DELETE, ordinal, transaction);
    for (let i = 0; i < this.#builders.length; i += 1) {
      const builder = this.#builders[i];
      if (builder === undefined) continue;
      if (this.plan.isKey[i] === 0) builder.appendNull();
      else this.#appendValue(builder, i, tuple, buf);
    }
  }

  #appendValue(builder: ColumnBuilder, i: number, from: TupleRange, buf: Buffer): void {
    const at = this.#positions[i] ?? 0;
    const kind = from.kind[at];
    if (this.#masks !== null && this.#masks[i] !== PLAIN) return this.#appendMasked(builder, i, from, buf);
    if (kind !== TUPLE_TEXT && kind !== TUPLE_BINARY) return this.#appendMissing(builder, i, kind);
    const start = from.start[at] ?? 0;
    const end = from.end[at] ?? 0;
    if (kind === TUPLE_TEXT) {
      if (!builder.appendText(buf, start, end)) this.#keepExact(i, buf.toString('utf8', start, end));
    } else if (!builder.appendBinary(buf, start, end)) {
      this.#keepExact(i, builder.exactText(buf, start, end));
    }
  }

  #keepExact(i: number, text: string): void {
    this.#system.keepExact(this.plan.fields[i] ?? '', text);
    if (text === NULL_IN_DECIMAL) this.#noteNull(i);
  }

  #noteNull(i: number): void {
    if (this.plan.notNull[i] === 1) this.#nulls.add(this.plan.table.columns[i]?.id ?? 0);
  }

  /** Appends nothing, or the digest of the text form. The copy digests the text form too. */
  #appendMasked(builder: ColumnBuilder, i: number, from: TupleRange, buf: Buffer): void {
    const at = this.#positions[i] ?? 0;
    const kind = from.kind[at];
    if (this.#masks?.[i] === NOTHING) return this.#appendMissing(builder, i, TUPLE_NULL);
    if (kind === TUPLE_NULL || kind === TUPLE_UNCHANGED) return this.#appendMissing(builder, i, kind);
    const { salt } = this.plan;
    if (salt === null || kind !== TUPLE_TEXT) throw new TailraceError('INTERNAL', 'a value to be masked has no text or no salt');
    const digest = salt.mask(buf, from.start[at] ?? 0, from.end[at] ?? 0);
    builder.appendText(digest, 0, digest.length);
  }

  #appendMissing(builder: ColumnBuilder, i: number, kind: number | undefined): void {
    builder.appendNull();
    if (kind === TUPLE_UNCHANGED) return this.#system.markUnchanged(i);
    this.#noteNull(i);
    if (this.plan.markNull[i] === 1) this.#system.keepExact(this.plan.fields[i] ?? '', null);
  }
}
