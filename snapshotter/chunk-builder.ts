import { namesNull } from '../core/column-type.ts';
import { TailraceError } from '../core/errors.ts';
import type { MaskSalt } from '../core/mask-salt.ts';
import { isShownNotNull } from '../core/table.ts';
import type { TableSchema } from '../core/table.ts';
import { releaseVector } from '../core/vector.ts';
import { encodeArrowFile } from '../lake/arrow-file.ts';
import { chunkFields } from '../lake/row-columns.ts';
import type { ColumnBuilder } from '../postgres/codec/column-builder.ts';
import { createBuilder, NULL_IN_DECIMAL } from '../postgres/codec/create-builder.ts';
import { MapBuilder } from '../postgres/codec/map-builder.ts';
import type { RowFields } from './copy-binary.ts';

/** A column being filled. */
interface Target {
  readonly field: string;
  /** A NULL needs its mark beside the column. */
  readonly namesNull: boolean;
  /** Its id where the view shows it as never NULL; null for others. */
  readonly notNull: number | null;
  /** Its values come in binary form, else as text. */
  readonly binary: boolean;
  /** What its values are masked with; null: nothing. */
  readonly salt: MaskSalt | null;
  readonly builder: ColumnBuilder;
}

/**
 * Collects copied rows by column and turns them into Arrow files: the columns of the table, then
 * `_tr_exact`.
 */
export class ChunkBuilder {
  readonly #schema: TableSchema;
  readonly #targets: readonly Target[];
  readonly #exact = new MapBuilder();
  #nulls = new Set<number>();

  /**
   * `binary[i]`: the i-th column of the schema comes in binary form. `salt`: what digests begin
   * with.
   */
  constructor(schema: TableSchema, binary: readonly boolean[], salt: MaskSalt | null = null) {
    this.#schema = schema;
    this.#targets = schema.columns.map((column, i) => ({
      field: column.field,
      namesNull: namesNull(column.type),
      notNull: isShownNotNull(schema, column) ? column.id : null,
      binary: binary[i] ?? false,
      salt: column.mask === 'sha256' ? requireSalt(salt) : null,
      // As in the stream: a row has one sort key, whether it comes from the stream or from a copy.
      builder: createBuilder(column.type, !schema.key.includes(column.id)),
    }));
  }

  get rows(): number {
    return this.#exact.length;
  }

  /** Bytes of column data held now. */
  get byteSize(): number {
    let bytes = this.#exact.byteSize;
    for (const { builder } of this.#targets) bytes += builder.byteSize;
    return bytes;
  }

  /** Adds one row, in the form in which a parser passes it on. */
  append(buf: Buffer, fields: RowFields): void {
    this.#exact.begin();
    for (let i = 0; i < this.#targets.length; i += 1) {
      const target = this.#targets[i] as Target;
      const { field, binary, salt, builder } = target;
      const start = fields.start[i] as number;
      const end = fields.end[i] as number;
      if (start < 0) {
        builder.appendNull();
        this.#noteNull(target);
        if (target.namesNull) this.#exact.add(field, null);
      } else if (salt !== null) {
        const digest = salt.mask(buf, start, end);
        builder.appendText(digest, 0, digest.length);
      } else if (binary) {
        if (!builder.appendBinary(buf, start, end)) this.#keepExact(target, builder.exactText(buf, start, end));
      } else if (!builder.appendText(buf, start, end)) {
        this.#exact.addBytes(field, buf, [start, end]);
        if (buf.toString('latin1', start, end) === NULL_IN_DECIMAL) this.#noteNull(target);
      }
    }
    this.#exact.end();
  }

  #keepExact(target: Target, text: string): void {
    this.#exact.add(target.field, text);
    if (text === NULL_IN_DECIMAL) this.#noteNull(target);
  }

  #noteNull({ notNull }: Target): void {
    if (notNull !== null) this.#nulls.add(notNull);
  }

  /** Ids of the NOT NULL columns that have a NULL in the rows so far. */
  get nulls(): number[] {
    return [...this.#nulls].toSorted((a, b) => a - b);
  }

  /**
   * The rows so far as an Arrow file, in memory of `columnMemory`. The next row begins a new file.
   */
  finish(): Uint8Array {
    const exact = this.#exact.finish();
    const vectors = [...this.#targets.map(({ builder }) => builder.finish()), exact];
    const file = encodeArrowFile(chunkFields(this.#schema).map((field, i) => ({ ...field, vector: vectors[i] ?? exact })));
    for (const vector of vectors) releaseVector(vector);
    this.#nulls = new Set();
    return file;
  }
}

function requireSalt(salt: MaskSalt | null): MaskSalt {
  if (salt === null) throw new TailraceError('INTERNAL', 'a column is masked with sha256, and there is no salt');
  return salt;
}
