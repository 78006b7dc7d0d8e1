import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { parseQualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import { keepFreeze, takeFreeze } from '../../lake/held-freeze.ts';
import type { Asking, TakenFreeze } from '../../lake/held-freeze.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { qualifiedCh, warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import type { ExportSource } from './export-table.ts';
import type { OpenedSource } from './opened-source.ts';

/** The freeze ends after this time without a renewal: an exporter that dies holds it no longer. */
const HOLD_SECONDS = 60;
const RENEW_MS = 15_000;

/** The lake and the warehouse whose compactor is asked. */
interface Freezer {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly asking: Asking;
}

/**
 * A replicated table as it is at the front, until it is released. TABLE_NOT_LIVE when it is not
 * live, NOT_RUNNING when no compactor lives.
 */
export async function openFrozen({ store, warehouseId, asking }: Freezer, table: string): Promise<OpenedSource> {
  const name = `tailrace_export_${randomBytes(4).toString('hex')}`;
  const seconds = HOLD_SECONDS;
  const frozen = await takeFreeze(store, warehouseId, { name, tables: [table], rows: false, seconds }, asking);
  const renewal = setInterval(() => {
    // A missed renewal shows as a table that is gone.
    keepFreeze(store, warehouseId, { name, tables: [table], seconds }, asking).catch(() => {});
  }, RENEW_MS);
  const release = async (): Promise<void> => {
    clearInterval(renewal);
    // Nobody renews it, so it also ends by itself.
    await keepFreeze(store, warehouseId, { name, tables: [], seconds }, asking).catch(() => {});
  };
  try {
    return { source: await sourceOf(store, frozen, table), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function sourceOf(store: ObjectStore, frozen: TakenFreeze, table: string): Promise<ExportSource> {
  const input = frozen.inputs?.find((one) => one.table === table);
  if (input === undefined) throw new TailraceError('TABLE_NOT_LIVE', `${table} is ${frozen.leftOut[0]?.state ?? 'not live'}`);
  const { schema, name } = parseQualifiedName(table);
  const database = `${frozen.name}_${warehouseDatabase(schema)}`;
  const shape = await new SchemaStore(store).get(input.tableId, input.schemaHash);
  return {
    table,
    lsn: parseLsn(frozen.lsn),
    asOf: frozen.asOf,
    from: qualifiedCh(database, warehouseTable(database, name)),
    key: input.key,
    binary: binaryColumns(shape),
    hidden: [],
  };
}

/** Columns whose values need not be text: bytea and geometries. A mask is text. */
function binaryColumns({ columns }: TableSchema): string[] {
  return columns.filter(({ type, mask }) => mask === undefined && (type.kind === 'bytea' || type.kind === 'ewkb')).map(({ name }) => name);
}
