import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { storageType } from '../../../compactor/storage/clickhouse-types.ts';
import { chunkFields, chunkStructure } from '../../../compactor/storage/row-sql.ts';
import type { TableSchema } from '../../../core/table.ts';
import type { ClonedTable } from '../../../lake/control-stage.ts';
import { readTables, toTableSchema } from '../../../postgres/catalog/catalog.ts';
import type { SqlConnection } from '../../../postgres/session/connect.ts';
import { copyForm, copyRange } from '../../../snapshotter/copy-range.ts';
import { ReadRate } from '../../../snapshotter/read-rate.ts';
import { literalCh } from '../../../warehouse/names.ts';
import type { Engine } from '../../../warehouse/engine.ts';

/** Where copies for the warehouse go through: Arrow files are written to the folder. */
export interface WarehouseCopy {
  readonly source: SqlConnection;
  readonly engine: Engine;
  readonly folder: string;
  readonly format?: 'auto' | 'text';
}

const SETTINGS = 'input_format_null_as_default = 0, insert_null_as_default = 0, use_structure_from_insertion_table_in_table_functions = 0';

/**
 * A table of the source as it is now, copied into a storage like the compactor's and described as a
 * clone of it.
 */
export async function copyToWarehouse(copy: WarehouseCopy, table: string): Promise<ClonedTable> {
  const [row] = await copy.source.query<{ oid: number }>(`SELECT $1::regclass::oid AS oid`, [table]);
  const [catalog] = await readTables(copy.source, [row?.oid ?? 0]);
  if (catalog === undefined) throw new Error(`there is no table ${table}`);
  const schema = toTableSchema(catalog, 1);
  const clone = `default.t${schema.oid}_${copy.format ?? 'auto'}`;
  await createStorage(copy.engine, schema, clone);
  const leaf = { oid: schema.oid, schema: schema.schema, name: schema.name, kind: 'r', filenode: '1', accessMethod: 'heap', columns: [] };
  const reading = {
    form: copyForm(schema, copy.format),
    leaf,
    range: { leafOid: schema.oid, from: 0, to: null, changedSince: null },
    chunkBytes: 1 << 26,
    rate: new ReadRate(null),
    signal: new AbortController().signal,
    stopped: () => false,
  };
  for await (const { file } of copyRange(copy.source, reading)) {
    const name = path.join(copy.folder, `${clone}.arrow`);
    writeFileSync(name, file);
    const read = `file(${literalCh(name)}, 'Arrow', ${literalCh(chunkStructure(schema))})`;
    const own = schema.identity === 'key' ? '_tr_key_exact, _tr_exact, 1, 0' : '_tr_exact, 1, rowNumberInAllBlocks(), 1';
    const columns = schema.columns.map(({ id }) => `c${id}, `).join('');
    await copy.engine.exec(
      `INSERT INTO ${clone} SELECT ${columns}${own} FROM (SELECT ${chunkFields(schema)} FROM ${read} AS _tr_f) SETTINGS ${SETTINGS}`,
    );
  }
  const { tableId, identity } = schema;
  return {
    table,
    tableId,
    state: 'live',
    identity,
    clone,
    columns: schema.columns.map(({ id, name, type }) => ({ id, name, type })),
    key: [...schema.key],
    error: null,
  };
}

async function createStorage(engine: Engine, schema: TableSchema, clone: string): Promise<void> {
  const columns = schema.columns.map((column) => `c${column.id} ${storageType(column, schema.key.includes(column.id))}, `).join('');
  const keyed = `_tr_key_exact String, _tr_exact Map(String, Nullable(String)), _tr_version UInt128, _tr_deleted UInt8`;
  const signed = `_tr_exact Map(String, Nullable(String)), _tr_version UInt128, _tr_row UInt64, _tr_sign Int8`;
  if (schema.identity === 'key') {
    const key = schema.key.map((id) => `c${id}`).join(', ');
    await engine.exec(
      `CREATE TABLE ${clone} (${columns}${keyed}) ENGINE = ReplacingMergeTree(_tr_version, _tr_deleted) ORDER BY (${key}, _tr_key_exact)`,
    );
  } else await engine.exec(`CREATE TABLE ${clone} (${columns}${signed}) ENGINE = ReplacingMergeTree ORDER BY (_tr_version, _tr_row)`);
}
