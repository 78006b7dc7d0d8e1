import { abortableSleep } from '../core/loop.ts';
import { qualifiedName, quoted } from '../core/table.ts';
import type { MaskSalt } from '../core/mask-salt.ts';
import type { Column, TableSchema } from '../core/table.ts';
import { elapsed } from '../core/time.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { rangeCondition } from '../postgres/catalog/page-range.ts';
import type { PageRange } from '../postgres/catalog/page-range.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import { copyExpression } from '../postgres/catalog/type-map.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import { CopyBinaryParser } from './copy-binary.ts';
import { CopyStopped } from './copy-stopped.ts';
import { CopyTextParser } from './copy-text.ts';
import type { ReadRate } from './read-rate.ts';

/** Most rows of one chunk file. The caller limits its bytes. */
const CHUNK_ROWS = 1_000_000;

/** How a table is copied: its columns as SQL, each in the form in which it comes. */
export interface CopyForm {
  readonly schema: TableSchema;
  /** What masks begin with; null where there are none. */
  readonly salt: MaskSalt | null;
  /** Condition for the rows to copy; null: all. */
  readonly filter: string | null;
  readonly format: 'binary' | 'text';
  /** Per column: its values are in binary form. */
  readonly binary: readonly boolean[];
  readonly columnList: string;
}

/** A finished piece of a range, not yet in the lake. */
export interface CopiedPiece {
  readonly file: Uint8Array;
  readonly rows: number;
  readonly nulls: readonly number[];
  /** It ends the range. */
  readonly last: boolean;
}

/**
 * Pages of a leaf, and which of their rows: all, or those written by transaction `changedSince`
 * (xid8) or a later one.
 */
export interface RangeToCopy extends PageRange {
  readonly changedSince: string | null;
}

/** What a range is read with. */
export interface RangeReading {
  readonly form: CopyForm;
  readonly leaf: ShapedRelation;
  readonly range: RangeToCopy;
  readonly chunkBytes: number;
  readonly rate: ReadRate;
  /** Ends a wait for the rate, and the range at its next piece: a failed table costs no more. */
  readonly signal: AbortSignal;
}

/** Shorter waits add up until they reach this, since a timer itself takes a millisecond or two. */
const LEAST_WAIT_MS = 5;

/**
 * Binary if one column can be read in that form; the others then come as text within it. Else, or
 * when asked for, a text copy.
 */
export function copyForm(
  schema: TableSchema,
  asked: 'auto' | 'text' = 'auto',
  { salt, filter }: Pick<CopyForm, 'salt' | 'filter'> = { salt: null, filter: null },
): CopyForm {
  const expressions = schema.columns.map(expression);
  const format = asked === 'auto' && expressions.some(({ binary }) => binary) ? 'binary' : 'text';
  return {
    schema,
    salt,
    filter,
    format,
    binary: expressions.map(({ binary }) => format === 'binary' && binary),
    columnList: (format === 'binary' ? expressions.map(({ sql }) => sql) : schema.columns.map(asText)).join(', '),
  };
}

/** A column masked as NULL is not read at all; one masked as a digest is read as text. */
function expression(column: Column): { sql: string; binary: boolean } {
  if (column.mask === 'null') return { sql: NOTHING, binary: false };
  return copyExpression(column.type, column.typeOid, quoted(column.name));
}

function asText({ name, mask }: Column): string {
  return mask === 'null' ? NOTHING : quoted(name);
}

const NOTHING = 'NULL::text';

/**
 * Reads a range within the connection's transaction and yields its chunk files; an empty range
 * yields nothing. Throws CopyStopped once the signal is aborted.
 */
export async function* copyRange(connection: SqlConnection, reading: RangeReading): AsyncGenerator<CopiedPiece> {
  const { form, leaf, range } = reading;
  const chunk = new ChunkBuilder(form.schema, form.binary, form.salt);
  const Parser = form.format === 'binary' ? CopyBinaryParser : CopyTextParser;
  const parser = new Parser(form.schema.columns.length, (buf, fields) => chunk.append(buf, fields));
  const where = [rangeCondition(range), ...(form.filter === null ? [] : [`(${form.filter})`]), ...changedCondition(range)].join(' AND ');
  const rows = `SELECT ${form.columnList} FROM ONLY ${qualifiedName(leaf.schema, leaf.name)} WHERE ${where}`;
  const copy = `COPY (${rows}) TO STDOUT (FORMAT ${form.format})`;
  let unpaid = 0;
  const take = (buf: Buffer, start: number, end: number): void => {
    unpaid += end - start;
    parser.feed(buf, start, end);
  };
  const pay = async (): Promise<void> => {
    const waitMs = reading.rate.spend(unpaid, elapsed());
    unpaid = 0;
    if (waitMs > LEAST_WAIT_MS) await abortableSleep(waitMs, reading.signal);
    if (reading.signal.aborted) throw new CopyStopped();
  };
  for await (const _ of connection.copyOut(copy, take)) {
    await pay();
    if (chunk.rows >= CHUNK_ROWS || chunk.byteSize >= reading.chunkBytes) yield cut(chunk, false);
  }
  parser.end();
  // The bytes that came with the end of the copy were not counted yet. Small tables have no others.
  await pay();
  if (chunk.rows > 0) yield cut(chunk, true);
}

function cut(chunk: ChunkBuilder, last: boolean): CopiedPiece {
  const { rows, nulls } = chunk;
  return { rows, nulls, last, file: chunk.finish() };
}

/** By age, since transaction ids wrap around; frozen rows are older than all others. */
function changedCondition({ changedSince }: RangeToCopy): string[] {
  return changedSince === null ? [] : [`age(xmin) <= age('${changedSince}'::xid8::xid)`];
}
