import { hasFloats } from '../../core/column-type.ts';
import type { TableSchema } from '../../core/table.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import type { Share } from '../../warehouse/cluster/shards.ts';
import { storageColumn } from './clickhouse-types.ts';

/**
 * Which rows of a table lie on which shard. All rows of a key lie on one shard, so that FINAL there
 * finds the newest. A table without a key whose rows go again (REPLICA IDENTITY FULL) lies whole on
 * one shard: a row and its end need not have equal columns after a schema change. One that only
 * grows is spread by version, and its copy by chunk.
 */

/** The rest of a condition on rows `r` of the stream: those of a shard. */
export function mine(schema: TableSchema, share: Share): string {
  return and(streamed(schema, share, (id) => `r.${storageColumn(id)}`));
}

/** The same for rows `s` that are resolved: the key that their entity had before lies there. */
export function mineByBase(schema: TableSchema, share: Share): string {
  return and(streamed(schema, share, (_id, place) => `s._tr_base.${place + 1}`));
}

/** The same for rows `r` of the stream that have the key of their entity when the file began. */
export function mineByLineage(schema: TableSchema, share: Share): string {
  return and(streamed(schema, share, (id) => `r._tr_lk${id}`));
}

/** A condition on staged rows: those whose key now belongs to a shard. null: all of them. */
export function stagedOf(schema: TableSchema, share: Share): string | null {
  return streamed(schema, share, storageColumn);
}

/** The same for an expression with a condition before it. */
export function mineOfStaged(schema: TableSchema, share: Share): string {
  return and(streamed(schema, share, (id) => `s.${storageColumn(id)}`));
}

/** A WHERE clause on rows `r` of chunks of a copy. `chunk`: the number of the first of them. */
export function mineOfChunks(schema: TableSchema, share: Share, chunk: number): string {
  if (share.of === 1) return '';
  if (schema.identity === 'append') return where(isOf(chunk, share));
  return where(streamed(schema, share, (id) => `r.${storageColumn(id)}`));
}

/** A condition as a WHERE clause; empty where there is none. */
export function where(condition: string | null): string {
  return condition === null ? '' : `\nWHERE ${condition}`;
}

function and(condition: string | null): string {
  return condition === null ? '' : ` AND ${condition}`;
}

function streamed(schema: TableSchema, share: Share, column: (id: number, place: number) => string): string | null {
  if (share.of === 1) return null;
  if (schema.identity === 'append') return hashOf(['r._tr_version'], share);
  // Postgres has two zeros in floats, which are equal but have other bytes.
  const hashed = keyColumns(schema).flatMap(({ id, type }, place) => (hasFloats(type) ? [] : [column(id, place)]));
  return hashed.length === 0 ? isOf(schema.oid, share) : hashOf(hashed, share);
}

function hashOf(columns: readonly string[], { shard, of }: Share): string {
  return `cityHash64(${columns.join(', ')}) % ${of} = ${shard}`;
}

function isOf(number: number, { shard, of }: Share): string {
  return number % of === shard ? '1' : '0';
}
