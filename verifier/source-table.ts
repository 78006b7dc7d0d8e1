import { TailraceError } from '../core/errors.ts';
import type { MaskSalt } from '../core/mask-salt.ts';
import { oidOf, qualifiedName } from '../core/table.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { readLeaves } from '../postgres/catalog/leaves.ts';
import { filterDigest } from '../postgres/catalog/narrow.ts';
import { publishedTables } from '../postgres/publication/publication.ts';
import { readShape, shapeDifference } from '../postgres/catalog/table-shape.ts';
import type { ComparedColumn } from './comparison.ts';
import { maskedValue } from './masked-value.ts';
import type { SourceLeaf } from './source-reader.ts';

/** A table at the source, as the snapshot sees it. */
export interface SourceTable {
  readonly oid: number;
  readonly columns: readonly ComparedColumn[];
  /**
   * The relations to read: partitions belong to a partitioned table, inheriting tables are tables
   * of their own.
   */
  readonly leaves: readonly SourceLeaf[];
  /** Which rows are replicated, SQL over the row `s`; null: all. */
  readonly filter: string | null;
  /** Generated columns that are not replicated. */
  readonly leftOut: readonly string[];
}

interface ColumnRow {
  readonly id: number;
  readonly name: string;
  readonly typeOid: number;
  readonly generated: boolean;
}

const COLUMNS = `
SELECT attnum::int AS id, attname::text AS name, atttypid AS "typeOid", attgenerated <> '' AS generated
FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/**
 * Looks at the table inside and outside the snapshot. Throws TABLE_CHANGED when the two differ, or
 * when its columns are not those of the warehouse. Takes no lock: the reader checks again
 * (source-reader.ts).
 */
export async function openSourceTable(
  sessions: { inside: SqlConnection; outside: SqlConnection; publication: () => Promise<string>; salt: MaskSalt | null },
  cloned: ClonedTable,
): Promise<SourceTable> {
  const oid = oidOf(cloned.tableId);
  const seen = await readShape(sessions.inside, oid);
  const [root] = seen;
  if (root === undefined) throw new TailraceError('TABLE_CHANGED', `${cloned.table} does not exist at the source`);
  const name = qualifiedName(root.schema, root.name);
  const difference = shapeDifference(seen, await readShape(sessions.outside, oid));
  if (difference !== null)
    throw new TailraceError('TABLE_CHANGED', `${name} ${difference} while it was verified`, { hint: 'Verify again.' });
  const rows = await sessions.inside.query<ColumnRow>(COLUMNS, [oid]);
  const hidden = cloned.narrowed?.hidden ?? [];
  const missing = rows.filter(
    ({ id, generated }) => !generated && !hidden.includes(id) && !cloned.columns.some((column) => column.id === id),
  );
  if (missing.length > 0) throw changed(name, `has columns that the warehouse does not have yet: ${names(missing)}`);
  requireSalt(cloned, sessions.salt);
  const columns = cloned.columns.map(({ id, type, mask }): ComparedColumn => {
    const row = rows.find((candidate) => candidate.id === id);
    if (row === undefined) throw changed(name, 'has lost columns that the warehouse still has');
    const column = { id, name: row.name, type, typeOid: row.typeOid };
    return mask === undefined ? column : { ...column, ...maskedValue(column, mask), hidden: true };
  });
  const leftOut = rows
    .filter((row) => row.generated && !hidden.includes(row.id) && !columns.some((column) => column.id === row.id))
    .map((row) => row.name);
  const leaves = (await readLeaves(sessions.outside, seen)).flatMap((leaf) => {
    const shape = seen.find((one) => one.oid === leaf.oid);
    return shape === undefined ? [] : [{ ...leaf, shape }];
  });
  return { oid, columns, leaves, filter: await readFilter(sessions, cloned), leftOut };
}

/** The filter of the publication, whose text both copy and stream were filtered by. */
async function readFilter(
  { outside, publication }: { outside: SqlConnection; publication: () => Promise<string> },
  cloned: ClonedTable,
): Promise<string | null> {
  const filtered = cloned.narrowed?.filter ?? null;
  if (filtered === null) return null;
  const published = (await publishedTables(outside, await publication())).find(({ oid }) => oid === oidOf(cloned.tableId));
  const filter = published?.filter?.text ?? null;
  if (filterDigest(filter) !== filtered)
    throw changed(cloned.table, 'has a row filter in the publication that differs from that of the warehouse');
  return filter;
}

function requireSalt({ table, narrowed }: ClonedTable, salt: MaskSalt | null): void {
  const needed = narrowed?.salt ?? null;
  if (needed === null || needed === salt?.fingerprint) return;
  const what = salt === null ? 'mask.salt is not set' : 'mask.salt differs from the salt of the masks in the warehouse';
  throw new TailraceError('BAD_CONFIG', `${table} cannot be compared: ${what}`, { hint: 'Give verify the same configuration as `run`.' });
}

function changed(name: string, what: string): TailraceError {
  return new TailraceError('TABLE_CHANGED', `${name} ${what}`, { hint: 'Verify again in a few seconds.' });
}

function names(rows: readonly { name: string }[]): string {
  return rows.map(({ name }) => name).join(', ');
}
