import { matchTables } from '../../core/table-glob.ts';
import { readTables } from '../../postgres/catalog/catalog.ts';
import { readSizes } from '../../postgres/catalog/table-sizes.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import type { SourceSize } from './process-message.ts';

/** A migration may hold a lock for longer; a start does not wait for it. */
const PATIENCE_MS = 200;

/** Number and bytes on disk of the tables that globs choose; null chooses all. */
export async function readChosenSize(connection: SqlConnection, globs: readonly string[] | null): Promise<SourceSize> {
  const tables = matchTables(globs, await readTables(connection, null));
  const sizeOf = await readSizes(connection, tables, { patienceMs: PATIENCE_MS });
  return { tables: tables.length, bytes: tables.reduce((sum, table) => sum + sizeOf(table).bytes, 0) };
}
