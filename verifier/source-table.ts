import { TailraceError } from '../core/errors.ts';
import { oidOf, qualifiedName } from '../core/table.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { readLeaves } from '../postgres/leaves.ts';
import { readShape, shapeDifference } from '../postgres/table-shape.ts';
import type { ComparedColumn } from './comparison.ts';
import type { SourceLeaf } from './source-reader.ts';

/** A table at the source, as the snapshot has it. */
export interface SourceTable {
  readonly oid: number;
  readonly columns: readonly ComparedColumn[];
  /** What to read from: partitions are part of a partitioned table, inheriting tables are tables of their own. */
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
 * Looks at the table inside and outside the snapshot. Throws TABLE_CHANGED when it is not the same any more, or when its columns are not those of
 * the warehouse. Takes no lock: whoever reads looks again (source-reader.ts).
 */
export async function openSourceTable(
  sessions: { inside: SqlConnection; outside: SqlConnection },
  cloned: ClonedTable,
): Promise<SourceTable> {
  const oid = oidOf(cloned.tableId);
  const seen = await readShape(sessions.inside, oid);
  const [root] = seen;
  if (root === undefined) throw new TailraceError('TABLE_CHANGED', `${cloned.table} is not there at the source`);
  const name = qualifiedName(root.schema, root.name);
  const difference = shapeDifference(seen, await readShape(sessions.outside, oid));
  if (difference !== null)
    throw new TailraceError('TABLE_CHANGED', `${name} ${difference} while it was verified`, { hint: 'Verify again.' });
  const rows = await sessions.inside.query<ColumnRow>(COLUMNS, [oid]);
  const missing = rows.filter((row) => !row.generated && !cloned.columns.some((column) => column.id === row.id));
  if (missing.length > 0) throw changed(name, `has columns that the warehouse does not have yet: ${names(missing)}`);
  const columns = cloned.columns.map(({ id, type }) => {
    const row = rows.find((candidate) => candidate.id === id);
    if (row === undefined) throw changed(name, 'has lost columns that the warehouse still has');
    return { id, name: row.name, type, typeOid: row.typeOid };
  });
  const leftOut = rows.filter((row) => row.generated && !columns.some((column) => column.id === row.id)).map((row) => row.name);
  const leaves = (await readLeaves(sessions.outside, seen)).flatMap((leaf) => {
    const shape = seen.find((one) => one.oid === leaf.oid);
    return shape === undefined ? [] : [{ ...leaf, shape }];
  });
  return { oid, columns, leaves, filter: null, leftOut };
}

function changed(name: string, what: string): TailraceError {
  return new TailraceError('TABLE_CHANGED', `${name} ${what}`, { hint: 'Verify again in some seconds.' });
}

function names(rows: readonly { name: string }[]): string {
  return rows.map(({ name }) => name).join(', ');
}
