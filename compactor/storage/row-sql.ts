import { isExactInKey, isTextInKey } from '../../core/column-type.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { LINEAGE_COLUMN, keyColumns, lineageColumn } from '../../lake/row-columns.ts';
import { arrayLiteralCh, literalCh, quoteCh, timeCh } from '../../warehouse/names.ts';
import { readType, storageColumn } from './clickhouse-types.ts';
import { rowVersionSql } from './version.ts';

/**
 * Our own columns of stream files, and the types they are read as. `_tr_commit_time` is for a
 * history and for other readers; `_tr_xid` too, except in parts of a transaction that was streamed
 * in progress.
 */
const ROW_STRUCTURE = [
  '_tr_op String',
  '_tr_commit_lsn UInt64',
  '_tr_ordinal UInt64',
  '_tr_unchanged String',
  '_tr_exact Map(String, Nullable(String))',
];

/** Type of a commit time. */
const TIME = "DateTime64(6, 'UTC')";

/** What files of the stream that are read together have in common. */
export interface StreamRead {
  /** Each row has the key that its entity had when the file began. */
  readonly lineage: boolean;
  /** The transaction, streamed in progress, that they are parts of; null: none. */
  readonly streamed: StreamedFacts | null;
  /** The time of its commit is read of each row, too. */
  readonly timed?: boolean;
}

/**
 * What a manifest says of the files of a transaction that was streamed in progress; it replaces
 * their columns.
 */
export interface StreamedFacts {
  readonly commitLsn: Lsn;
  /** ISO 8601 with microseconds. */
  readonly commitTime: string;
  /** Subtransactions that were rolled back; their rows do not count. */
  readonly abortedXids: readonly number[];
}

/**
 * Structure as which a set of Arrow files of one schema is read: explicit names and types. Nothing
 * is inferred, and nothing taken from the target.
 */
export function streamStructure(schema: TableSchema, { lineage, streamed, timed = false }: StreamRead): string {
  const keys = lineage ? keyColumns(schema).map((column) => `${quoteCh(lineageColumn(column.field))} ${readType(column.type)}`) : [];
  const own = lineage ? [...ROW_STRUCTURE, ...keys, `${LINEAGE_COLUMN.exact} String`, `${LINEAGE_COLUMN.begun} UInt64`] : ROW_STRUCTURE;
  const xid = streamed === null ? [] : ['_tr_xid UInt32'];
  const time = timed && streamed === null ? [`_tr_commit_time ${TIME}`] : [];
  return [...tableStructure(schema), ...own, ...xid, ...time].join(', ');
}

/** The same for chunks of a copy. */
export function chunkStructure(schema: TableSchema): string {
  return [...tableStructure(schema), '_tr_exact Map(String, Nullable(String))'].join(', ');
}

/**
 * Expressions over a stream file: the storage's columns, and what a step needs to know of each row.
 * The file has the alias `_tr_f`, which no field is called. With an alias `f` beside a field `f`,
 * `f.null` would mean whether that field is NULL, and not the field `null`.
 */
export function streamFields(schema: TableSchema, { lineage, streamed, timed = false }: StreamRead): string {
  return [
    ...tableFields(schema),
    `${rowVersionSql(schema.epoch, streamed === null ? null : streamed.commitLsn)} AS _tr_version`,
    `toUInt8(_tr_f._tr_op = 'D') AS _tr_deleted`,
    '_tr_f._tr_op AS _tr_op',
    '_tr_f._tr_unchanged AS _tr_unchanged',
    ...(timed ? [`${timeSql(streamed)} AS _tr_commit_time`] : []),
    ...lineageFields(schema, lineage),
  ].join(', ');
}

function timeSql(streamed: StreamedFacts | null): string {
  return streamed === null ? '_tr_f._tr_commit_time' : timeCh(streamed.commitTime, 6);
}

/**
 * Condition for rows of stream files that count: all except those of subtransactions that were
 * rolled back.
 */
export function streamCondition({ streamed }: StreamRead): string {
  return streamed === null || streamed.abortedXids.length === 0 ? '1' : `_tr_f._tr_xid NOT IN (${streamed.abortedXids.join(', ')})`;
}

/** A condition for a statement that must do nothing once the fence throws. */
export function fenced({ fence }: { readonly fence: string | null }, condition: string): string {
  return fence === null ? condition : `${condition} AND ${fence} = 0`;
}

/** Expressions over a chunk `_tr_f`. */
export function chunkFields(schema: TableSchema): string {
  return tableFields(schema).join(', ');
}

/** About how many different keys the rows of files `_tr_f` have. */
export function keysSql(schema: TableSchema): string {
  return `uniqCombined(13)(${keyColumns(schema)
    .map((column) => `_tr_f.${quoteCh(column.field)}`)
    .join(', ')})`;
}

/** Names of a schema's columns in storage. */
export function storageColumns(schema: TableSchema): string[] {
  return schema.columns.map((column) => storageColumn(column.id));
}

/** A list that our own columns follow; a table may have no columns. */
export function commaAfterEach(parts: readonly string[]): string {
  return parts.map((part) => `${part},`).join(' ');
}

/**
 * Names of the columns that tell rows apart. `_tr_key_exact` is one where a key column cannot hold
 * every value; comparing it costs a query a tenth of its time. A key column keeps its type for the
 * life of a storage, so the answer does not change.
 */
export function storageKey(schema: TableSchema): string[] {
  return [...schema.key.map(storageColumn), ...(isKeyExact(schema) ? [] : ['_tr_key_exact'])];
}

function isKeyExact(schema: TableSchema): boolean {
  return keyColumns(schema).every(({ type }) => isExactInKey(type));
}

/**
 * Names of the lineage columns that tell entities apart: one for each of `storageKey`, and the
 * number of the begun entity.
 */
export function lineageNames(schema: TableSchema): string[] {
  return [...schema.key.map((id) => `_tr_lk${id}`), ...(isKeyExact(schema) ? [] : ['_tr_lk_exact']), '_tr_lk_new'];
}

function tableStructure(schema: TableSchema): string[] {
  return schema.columns.map((column) => `${quoteCh(column.field)} ${readType(column.type)}`);
}

function tableFields(schema: TableSchema): string[] {
  return [
    ...schema.columns.map((column) => `${valueSql(schema, column)} AS ${storageColumn(column.id)}`),
    `${keyExactSql(schema)} AS _tr_key_exact`,
    `${exactSql(schema)} AS _tr_exact`,
  ];
}

/** Key columns are NULL only in a truncate, which is not stored. */
function valueSql(schema: TableSchema, column: Column): string {
  const field = `_tr_f.${quoteCh(column.field)}`;
  return schema.key.includes(column.id) && !isTextInKey(column.type) ? `assumeNotNull(${field})` : field;
}

/** The map of a file is keyed by field, the storage's by column id. */
function exactSql(schema: TableSchema): string {
  const fields = arrayLiteralCh(schema.columns.map((column) => column.field));
  return `mapApply((k, v) -> (transform(k, ${fields}, ${arrayLiteralCh(storageColumns(schema))}, k), v), _tr_f._tr_exact)`;
}

/**
 * Exact texts of the key columns in key order, each empty where its column holds the value, joined
 * by U+0000; empty when all values fit.
 */
function keyExactSql(schema: TableSchema): string {
  const keys = keyColumns(schema).map((column) => column.field);
  if (keys.length === 0) return `''`;
  const texts = `arrayStringConcat(arrayMap(k -> ifNull(_tr_f._tr_exact[k], ''), ${arrayLiteralCh(keys)}), ${literalCh('\0')})`;
  return `if(empty(_tr_f._tr_exact), '', if(hasAny(mapKeys(_tr_f._tr_exact), ${arrayLiteralCh(keys)}), ${texts}, ''))`;
}

function lineageFields(schema: TableSchema, lineage: boolean): string[] {
  if (!lineage) return [];
  return [
    ...keyColumns(schema).map((column) => `assumeNotNull(_tr_f.${quoteCh(lineageColumn(column.field))}) AS _tr_lk${column.id}`),
    `_tr_f.${LINEAGE_COLUMN.exact} AS _tr_lk_exact`,
    `_tr_f.${LINEAGE_COLUMN.begun} AS _tr_lk_new`,
  ];
}
