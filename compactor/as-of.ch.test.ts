import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { openRequests } from '../lake/control.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import { getPositions } from '../lake/readers.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Row } from '../test/support/change-file.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { putBase, sweepBelow } from '../test/support/warehouse/lake-base.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import { buildAsOf, historyEnd } from './as-of.ts';
import type { BuiltAsOf } from './as-of.ts';

const items = tableSchema({ oid: 6301, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const others = tableSchema({ oid: 6302, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });
const row = (id: number): Row => ({ id: String(id) });

/** A batch of single inserts at these positions; each id is its position. */
async function insert(lake: LakeWriter, ...at: number[]): Promise<void> {
  const changes = at.map((id) => ({ op: 'I' as const, lsn: BigInt(id), ordinal: 1, row: row(id) }));
  await lake.batch([await lake.file(items, changes), await lake.file(others, changes)]);
}

async function newLake(folder: string): Promise<LakeWriter> {
  return LakeWriter.open(new DirectoryStore(`${folder}/lake`));
}

let built = 0;

/** What an empty warehouse has that is built up to an LSN, by table. */
async function asOf(folder: string, store: ObjectStore, lsn: number): Promise<BuiltAsOf & { rows: Record<string, number[]> }> {
  built += 1;
  const end = await historyEnd(store, new ManifestLog(store, silentLogger()), BigInt(lsn));
  const engine = await EmbeddedEngine.open({ directory: `${folder}/built${built}`, log: silentLogger() });
  try {
    const limits = { stepRows: 1_000_000, stepBytes: 1 << 28 };
    const result = await buildAsOf({ store, engine, limits, log: silentLogger(), signal: new AbortController().signal }, end);
    const rows: Record<string, number[]> = {};
    for (const table of result.tables)
      rows[table] = (await engine.query<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);
    return { ...result, rows };
  } finally {
    await engine.close();
  }
}

test('a warehouse stands at an LSN: every commit below it and none else, from copies and bases before it', async () => {
  await using folder = await scratch('as-of');
  const lake = await newLake(folder.path);
  const { store } = lake;
  for (const schema of [items, others]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(lake, 20, 25);
  await insert(lake, 30, 35);
  await putBase(store, items, { lsn: 36n }, [[1, 20, 25, 30, 35].map(row)]);
  await insert(lake, 40, 45);
  await putBase(store, items, { lsn: 46n }, [[1, 20, 25, 30, 35, 40, 45].map(row)]);
  await lake.copy(others, { generation: 2, lsn: 47n }, [[row(99)]]);
  await insert(lake, 50);
  for (const [lsn, ids] of [
    [10, [1]],
    [26, [1, 20, 25]],
    [31, [1, 20, 25, 30]],
    [36, [1, 20, 25, 30, 35]],
    [45, [1, 20, 25, 30, 35, 40]],
    [46, [1, 20, 25, 30, 35, 40, 45]],
  ] as const) {
    const { rows, without, later } = await asOf(folder.path, store, lsn);
    expect([lsn, rows, without, later]).toEqual([lsn, { 'public.items': ids, 'public.others': ids }, [], []]);
  }
  expect((await asOf(folder.path, store, 51)).rows['public.others']).toEqual([50, 99]);
  await expect(asOf(folder.path, store, 52)).rejects.toMatchObject({ code: 'BAD_LSN' });
  expect(await getPositions(store)).toEqual([]);
}, 120_000);

test('a table whose batches of that time were swept, or that was stopped or copied later, is named', async () => {
  await using folder = await scratch('as-of');
  const lake = await newLake(folder.path);
  const { store } = lake;
  for (const schema of [items, others]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(lake, 20);
  const resync = { kind: 'resync', table: 'public.others', tableId: others.tableId, reason: 'its type changed' } as const;
  await lake.batch([], { to: 29n, catalog: [resync] });
  await insert(lake, 30);
  await sweepBelow(store, await putBase(store, items, { lsn: 31n }, [[1, 20, 30].map(row)]));
  await insert(lake, 40);
  const early = await asOf(folder.path, store, 21);
  expect([early.rows, early.without]).toEqual([
    { 'public.others': [1, 20] },
    [{ table: 'public.items', reason: expect.stringContaining('LAKE_SWEPT') as unknown }],
  ]);
  const late = await asOf(folder.path, store, 41);
  expect([late.rows, late.without]).toEqual([
    { 'public.items': [1, 20, 30, 40] },
    [{ table: 'public.others', reason: 'its next copy is later' }],
  ]);
  expect((await asOf(folder.path, store, 9)).later).toEqual(['public.items', 'public.others']);
  expect(await openRequests(store, ['resync'])).toEqual([]);
}, 120_000);

test('a compactor that is started on it goes on from there, also with a table that was left out', async () => {
  await using folder = await scratch('as-of');
  const lake = await newLake(folder.path);
  const { store } = lake;
  for (const schema of [items, others]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(lake, 20, 25);
  await insert(lake, 30, 35);
  await sweepBelow(store, await putBase(store, others, { lsn: 36n }, [[1, 20, 25, 30, 35].map(row)]));
  await insert(lake, 40);
  const engine = await EmbeddedEngine.open({ directory: `${folder.path}/then`, log: silentLogger() });
  await using bench = await warehouseBench({ lake, engine });
  const end = await historyEnd(store, new ManifestLog(store, silentLogger()), 31n);
  const limits = { stepRows: 1_000_000, stepBytes: 1 << 28 };
  const options = { store, engine, limits, log: silentLogger(), signal: new AbortController().signal };
  const idsOf = async (table: string): Promise<number[]> =>
    (await bench.rows<{ id: number }>(`SELECT id FROM public.${table} ORDER BY id`)).map(({ id }) => id);
  expect(await buildAsOf(options, end)).toMatchObject({ tables: ['public.items'], without: [{ table: 'public.others' }] });
  expect(await idsOf('items')).toEqual([1, 20, 25, 30]);
  const reached = async (...ids: number[]): Promise<void> => {
    const { tables } = await bench.settle();
    expect(tables.map(({ table, state, error }) => [table, state, error])).toEqual([
      ['public.items', 'live', null],
      ['public.others', 'live', null],
    ]);
    for (const table of ['items', 'others']) expect([table, await idsOf(table)]).toEqual([table, ids]);
  };
  await reached(1, 20, 25, 30, 35, 40);
  await insert(lake, 50);
  await reached(1, 20, 25, 30, 35, 40, 50);
}, 120_000);
