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
import { DELETE, INSERT, SystemColumns, TRUNCATE, UPDATE } from './system-columns.ts';
import type { Transaction } from './transaction.ts';

/**
 * One row image on the wire. `old` is the image beside it, for what `tuple` leaves out. Valid
 * during the call only.
 */
export interface RowSource {
  tuple: TupleRange;
  old: TupleRange | null;
  buf: Buffer;
}

/** How often each kind of change is in a file; they add up to its rows. */
export interface ChangeCounts {
  inserts: number;
  /** New images of updates, those of key changes among them. */
  updates: number;
  /** Old images that end a row; under identity `full` also the old image of an update. */
  deletes: number;
  truncates: number;
  /** Tombstones of keys that their rows went away from. */
  keyChanges: number;
}

/**
 * One file while it grows: rows of one table in one schema, built straight from the bytes of the
 * stream.
 */
export class TablePart {
  readonly plan: RelationPlan;
  readonly counts: ChangeCounts = { inserts: 0, updates: 0, deletes: 0, truncates: 0, keyChanges: 0 };
  readonly #builders: readonly ColumnBuilder[];
  readonly #system: SystemColumns;
  readonly #lineage = new Lineage();
  readonly #positions: Int32Array;
  /** Null where nothing is masked. */
  readonly #masks: Uint8Array | null;
  /** Ids of columns that are NOT NULL and have a NULL all the same. */
  readonly #nulls = new Set<number>();
  #first: Transaction | null = null;
  #last: Transaction | null = null;

  constructor(plan: RelationPlan) {
    this.plan = plan;
    this.#builders = plan.spare ?? plan.table.columns.map((column) => createBuilder(column.type, !plan.table.key.includes(column.id)));
    plan.spare = null;
    this.#system = new SystemColumns(plan.table.columns.length);
    this.#positions = plan.positions;
    this.#masks = plan.masks.some((mask) => mask !== PLAIN) ? plan.masks : null;
  }

  get rows(): number {
    return this.#system.rows;
  }

  /**
   * True when it is a step of its own at the other end: truncated, or unchanged values under
   * changed keys.
   */
  get costly(): boolean {
    return this.counts.truncates > 0 || (this.counts.keyChanges > 0 && this.#system.markedRows > 0);
  }

  /**
   * A whole row. Values that were not sent are taken from the old image where it has them, and
   * marked as unchanged where not.
   */
  image(op: number, ordinal: number, transaction: Transaction, row: RowSource): void {
    const { tuple, old, buf } = row;
    this.#begin(op, ordinal, transaction);
    for (let i = 0; i < this.#builders.length; i += 1) {
      const builder = this.#builders[i];
      if (builder === undefined) continue;
      // A value stored out of line is never NULL, so an old image's `n` only says that it was not
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

  /** The end of a row: only its key counts. */
  tombstone(ordinal: number, transaction: Transaction, row: RowSource): void {
    this.#appendKey(ordinal, transaction, row);
    this.counts.deletes += 1;
    if (this.#lineage.active) this.#lineage.note(this.rows - 1, keyOf(this.plan, row));
  }

  /**
   * The end of a row that goes on under another key; `after` is its new image, which the caller
   * appends next.
   */
  keyChange(ordinal: number, transaction: Transaction, images: { readonly before: RowSource; readonly after: RowSource }): void {
    this.#appendKey(ordinal, transaction, images.before);
    this.counts.keyChanges += 1;
    this.#lineage.rekey(this.rows - 1, keyOf(this.plan, images.before), keyOf(this.plan, images.after));
  }

  /** All rows before this one are gone. */
  truncate(ordinal: number, transaction: Transaction): void {
    this.#begin(TRUNCATE, ordinal, transaction);
    this.counts.truncates += 1;
    this.#builders.forEach((builder, index) => {
      if (this.plan.isKey[index] === 1) builder.appendDefault();
      else builder.appendNull();
    });
  }

  /** Ends the file; nothing can be appended after. */
  finish(): FinishedPart {
    const columns = this.#builders.map((builder) => builder.finish());
    this.plan.spare = this.#builders;
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

  /** Nothing, or the digest of the text form, which is what the copy digests too. */
  #appendMasked(builder: ColumnBuilder, i: number, from: TupleRange, buf: Buffer): void {
    const at = this.#positions[i] ?? 0;
    const kind = from.kind[at];
    if (this.#masks?.[i] === NOTHING) return this.#appendMissing(builder, i, TUPLE_NULL);
    if (kind === TUPLE_NULL || kind === TUPLE_UNCHANGED) return this.#appendMissing(builder, i, kind);
    const { salt } = this.plan;
    if (salt === null || kind !== TUPLE_TEXT)
      throw new TailraceError('INTERNAL', 'a value that is to be masked came without its text or its salt');
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
