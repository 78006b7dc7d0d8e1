import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresText } from '../../docs/postgres-text.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { silentLogger } from '../../core/log.ts';
import type { TableSchema } from '../../core/table.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { qualifiedCh, quoteCh, warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import { createStorage } from './storage.ts';
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
  await putViews(engine, { schema: named(schema, name, columns), storage: 'stored', nullable: [] }, []);
  const shown = columns.map((column, i) => `${quoteCh(column)} AS r${i}`).join(', ');
  const database = warehouseDatabase(schema);
  const view = qualifiedCh(database, warehouseTable(database, name));
  const exact = qualifiedCh(database, warehouseTable(database, `${name}__exact`));
  expect(await engine.query(`SELECT ${shown} FROM ${view}`)).toEqual([{ r0: 1, r1: 2 }]);
  expect(await engine.query(`SELECT ${shown}, ${quoteCh(map)} AS exact FROM ${exact}`)).toEqual([
    { r0: 1, r1: 2, exact: { [columns[1] ?? '']: 'two' } },
  ]);
});

function typed(name: string, columns: Record<string, ColumnType>): TableSchema {
  return tableSchema({ oid: 9, name, columns: { id: { kind: 'int4' }, ...columns }, key: ['id'] });
}

async function stored(name: string, schema: TableSchema, rows: string): Promise<void> {
  await createStorage(engine, name, schema);
  await engine.exec(`INSERT INTO tailrace.${name} (* EXCEPT (_tr_key_exact, _tr_deleted)) VALUES ${rows}`);
}

/** As a ClickHouse that does not know the setting. */
function withoutNullableTuples(known: Engine): Engine {
  return new Proxy(known, {
    get(target, name) {
      if (name === 'query') return async (sql: string) => target.query(sql.replaceAll('enable_nullable_tuple_type', 'no_such'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test.each([
  { what: 'NULL', nullableTuples: true },
  { what: 'NULLs', nullableTuples: false },
])('NULL of a tuple is NULL, also in an array; where the engine cannot, each part is NULL ($what)', async ({ nullableTuples }) => {
  const name = `tuples_${nullableTuples}`;
  const columns: Record<string, ColumnType> = {
    i: { kind: 'interval' },
    p: { kind: 'point' },
    a: { kind: 'array', element: { kind: 'interval' } },
  };
  const schema = typed(name, columns);
  const [whole, none] = ['(1, 2, 3)', '(NULL, NULL, NULL)'];
  await stored(name, schema, `(1, ${whole}, (1, 2), [${whole}, ${none}], map(), 1), (2, ${none}, (NULL, NULL), [], map(), 1)`);
  await putViews(nullableTuples ? engine : withoutNullableTuples(engine), { schema, storage: name, nullable: [] }, []);
  const isNull = (x: string): string => (nullableTuples ? `isNull(${x})` : `isNull(tupleElement(${x}, 1))`);
  const shown = `${isNull('i')} AS i0, ${isNull('p')} AS p0, arrayMap(e -> ${isNull('e')}, a) AS a0`;
  expect(await engine.query(`SELECT id, ${shown} FROM public.${name} ORDER BY id SETTINGS readonly = 1`)).toEqual([
    { id: 1, i0: 0, p0: 0, a0: [0, 1] },
    { id: 2, i0: 1, p0: 1, a0: [] },
  ]);
  const texts = Object.entries(columns).map(([column, type]) => `${postgresText(type, `t.${column}`)} AS ${column}_text`);
  expect(await engine.query(`SELECT ${texts.join(', ')} FROM public.${name} AS t ORDER BY id`)).toEqual([
    { i_text: '1 mon 2 days 00:00:00.000003', p_text: '(1,2)', a_text: '{"1 mon 2 days 00:00:00.000003",NULL}' },
    { i_text: null, p_text: null, a_text: '{}' },
  ]);
});

test('NULL of an array, a map or a vector is empty, and the exact view distinguishes it from an empty one', async () => {
  const schema = typed('empties', { a: { kind: 'array', element: { kind: 'int4' } }, m: { kind: 'map' }, v: { kind: 'vector' } });
  await stored('empties', schema, `(1, [], map(), [], map('c2', NULL, 'c3', NULL, 'c4', NULL), 1), (2, [], map(), [1], map(), 1)`);
  await putViews(engine, { schema, storage: 'empties', nullable: [] }, []);
  expect(await engine.query('SELECT id, a, m, v FROM public.empties ORDER BY id')).toEqual([
    { id: 1, a: [], m: {}, v: [] },
    { id: 2, a: [], m: {}, v: [1] },
  ]);
  const [a, m, v] = ['a', 'm', 'v'].map((x) => `mapContains(_tr_exact, '${x}') AND isNull(_tr_exact['${x}'])`);
  expect(await engine.query(`SELECT ${a} AS a0, ${m} AS m0, ${v} AS v0 FROM public.empties__exact ORDER BY id`)).toEqual([
    { a0: 1, m0: 1, v0: 1 },
    { a0: 0, m0: 0, v0: 0 },
  ]);
});
