import { TailraceError } from '../../core/errors.ts';
import type { CatalogTable } from './catalog.ts';
import type { SqlConnection } from '../session/connect.ts';

/**
 * The size of a table with its partitions: bytes on disk, and the planner's estimate of rows (null
 * when it has none).
 */
export type TableSizes = (table: CatalogTable) => { readonly rows: number | null; readonly bytes: number };

const SIZES = `
select c.oid, c.reltuples::float8 as rows, coalesce(pg_table_size(c.oid), 0)::float8 as bytes from pg_class c where c.oid = any ($1::oid[])`;
const PAGE_BYTES = 8192;

interface SizeRow {
  readonly oid: number;
  /** −1 for a table that was never analyzed. */
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Reads the sizes; when a lock is in the way, it uses the planner's estimates. `patienceMs` is how
 * long it waits for a lock, and the connection from then on; default: what the connection waits.
 */
export async function readSizes(
  connection: SqlConnection,
  tables: readonly CatalogTable[],
  { patienceMs }: { readonly patienceMs?: number } = {},
): Promise<TableSizes> {
  if (patienceMs !== undefined) await connection.query(`set lock_timeout = ${patienceMs}`);
  const oids = tables.flatMap((table) => partsOf(table).map(({ oid }) => oid));
  const rows = await connection.query<SizeRow>(SIZES, [oids]).catch((error: unknown) => {
    if (error instanceof TailraceError && error.code === 'SOURCE_BUSY') return [];
    throw error;
  });
  const sizes = new Map(rows.map((row) => [row.oid, row]));
  return (table) => {
    const parts = partsOf(table).map((part) => {
      const size = sizes.get(part.oid);
      if (size === undefined) return { rows: part.rows, bytes: (part.pages + part.toastPages) * PAGE_BYTES };
      return { rows: size.rows < 0 && size.bytes > 0 ? null : Math.max(0, size.rows), bytes: size.bytes };
    });
    const known = parts.flatMap((part) => part.rows ?? []);
    return { rows: known.length < parts.length ? null : sum(known), bytes: sum(parts.map(({ bytes }) => bytes)) };
  };
}

function partsOf(table: CatalogTable): readonly { oid: number; rows: number; pages: number; toastPages: number }[] {
  return table.kind === 'p' ? table.partitions : [table];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
