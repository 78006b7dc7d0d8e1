import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import type { TableSchema } from '../core/table.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import { qualifiedCh, quoteCh, warehouseDatabase, warehouseTable } from '../warehouse/names.ts';
import { putViews } from './view.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-view-'));
let engine: EmbeddedEngine;

beforeAll(async () => {
  engine = await EmbeddedEngine.open({ directory: folder, log: silentLogger() });
  await engine.exec('CREATE DATABASE tailrace');
  await engine.exec(
    'CREATE TABLE tailrace.stored (c1 Int32, c2 Nullable(Int32), _tr_exact Map(String, Nullable(String))) ENGINE = ReplacingMergeTree ORDER BY c1',
  );
  await engine.exec("INSERT INTO tailrace.stored VALUES (1, 2, map('c2', 'two'))");
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function named(schema: string, name: string, columns: readonly string[]): TableSchema {
  const int = { typeOid: 23, typmod: -1, typeName: 'integer', type: { kind: 'int4' }, missing: null } as const;
  return {
    tableId: '1_1',
    oid: 1,
    epoch: 1,
    schema,
    name,
    identity: 'key',
    key: [1],
    explained: true,
    columns: columns.map((column, i) => ({
      id: i + 1,
      attnum: i + 1,
      name: column,
      field: `c${i + 1}`,
      ...int,
    })),
  };
}

const EMOJI = '\u{1f600}'.repeat(15);

test.each([
  { what: 'a column that is called like the map', schema: 'public', columns: ['id', '_tr_exact'], map: '_tr_exact_' },
  {
    what: 'columns that are called like the map and its stand-in',
    schema: 'public',
    columns: ['_tr_exact_', '_tr_exact'],
    map: '_tr_exact__',
  },
  { what: 'names that ClickHouse cannot keep whole', schema: EMOJI, columns: ['id', 'v'], map: '_tr_exact' },
])('$what: both views are there', async ({ schema, columns, map }) => {
  const name = schema;
  await putViews(engine, { schema: named(schema, name, columns), storage: 'stored' }, []);
  const shown = columns.map((column, i) => `${quoteCh(column)} AS r${i}`).join(', ');
  const database = warehouseDatabase(schema);
  const view = qualifiedCh(database, warehouseTable(database, name));
  const exact = qualifiedCh(database, warehouseTable(database, `${name}__exact`));
  expect(await engine.query(`SELECT ${shown} FROM ${view}`)).toEqual([{ r0: 1, r1: 2 }]);
  expect(await engine.query(`SELECT ${shown}, ${quoteCh(map)} AS exact FROM ${exact}`)).toEqual([
    { r0: 1, r1: 2, exact: { [columns[1] ?? '']: 'two' } },
  ]);
});
