import { expect, test } from 'vitest';
import { openRequests, putRequest, readStage } from '../lake/control.ts';
import type { StageBody } from '../lake/control-stage.ts';
import { baseDataKey } from '../lake/keys.ts';
import type { FileEntry } from '../lake/manifest.ts';
import type { TablePosition } from '../lake/readers.ts';
import type { Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { putBase, putFloor, sweepBelow } from '../test/support/warehouse/lake-base.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({ oid: 6101, name: 'items', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });
const others = tableSchema({ oid: 6102, name: 'others', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

const row = (id: number): Row => ({ id: String(id), body: `row ${id}` });
const rows = (...numbers: number[]) => numbers.map((id) => ({ id, body: `row ${id}` }));
const shown = (bench: WarehouseBench, table = 'items') => bench.rows(`SELECT id, body FROM public.${table} ORDER BY id`);

/** A row of each table in one batch. */
async function insert(lake: LakeWriter, lsn: bigint, id: number): Promise<FileEntry[]> {
  const files = await Promise.all([items, others].map((schema) => lake.file(schema, [{ op: 'I', lsn, ordinal: 1, row: row(id) }])));
  await lake.batch(files);
  return files;
}

/** A warehouse with both tables live after the first batch. */
async function live(): Promise<WarehouseBench> {
  const bench = await warehouseBench();
  for (const schema of [items, others]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(bench.lake, 20n, 2);
  await bench.settle();
  return bench;
}

async function stateOf(bench: WarehouseBench, name = 'items'): Promise<TablePosition | undefined> {
  return (await bench.settle()).tables.find(({ table }) => table === `public.${name}`);
}

async function resume(bench: WarehouseBench): Promise<StageBody<'done'> | null> {
  const id = await putRequest(bench.lake.store, { kind: 'resume', table: 'public.items', warehouseId: WAREHOUSE_ID });
  await bench.settle();
  return readStage(bench.lake.store, { id, stage: 'done' });
}

test('a table whose batches were swept begins again at its newest base by itself, and is readable as it was until then', async () => {
  await using bench = await live();
  const { lake } = bench;
  await insert(lake, 30n, 3);
  await sweepBelow(lake.store, await putBase(lake.store, items, { lsn: 31n }, [[row(1)], [row(2), row(3)]]));
  await insert(lake, 40n, 4);
  const chunk = baseDataKey({ tableId: items.tableId, n: 1 }, 'abcdef0123456789', 0);
  const bytes = (await lake.store.get(chunk)) ?? new Uint8Array();
  await lake.store.delete(chunk);
  expect(await stateOf(bench)).toMatchObject({ state: 'parked', error: { code: 'LAKE_CORRUPT' } });
  expect(await shown(bench)).toEqual(rows(1, 2));
  await lake.store.put(chunk, bytes);
  expect(await resume(bench)).toEqual({ ok: true, by: 'position' });
  expect(await shown(bench, 'others')).toEqual(rows(1, 2, 3, 4));
  expect(await stateOf(bench)).toMatchObject({ state: 'live', generation: 1, error: null });
  expect(await shown(bench)).toEqual(rows(1, 2, 3, 4));
  expect(await openRequests(lake.store, ['resync'])).toEqual([]);
  await insert(lake, 50n, 5);
  await putRequest(lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  await bench.settle();
  expect(await stateOf(bench)).toMatchObject({ state: 'live', error: null });
  await lake.copy(items, { generation: 2, lsn: 55n }, [[row(9)]]);
  await lake.batch([], { to: 60n });
  expect(await stateOf(bench)).toMatchObject({ state: 'live', generation: 2 });
  expect(await shown(bench)).toEqual(rows(9));
  expect(await shown(bench, 'others')).toEqual(rows(1, 2, 3, 4, 5));
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^t6101')")).toHaveLength(1);
});

test('a file that is missing above the floor is no swept one: its table is parked', async () => {
  await using bench = await live();
  const { lake } = bench;
  await sweepBelow(lake.store, await putBase(lake.store, items, { lsn: 21n }, [[row(1), row(2)]]));
  const [file] = await insert(lake, 30n, 3);
  await lake.store.delete(file?.path ?? '');
  expect(await stateOf(bench)).toMatchObject({ state: 'parked', error: { code: 'LAKE_CORRUPT' } });
  await putBase(lake.store, items, { lsn: 31n }, [[row(1), row(2), row(3)]]);
  expect(await stateOf(bench)).toMatchObject({ state: 'parked', error: { code: 'LAKE_CORRUPT' } });
});

test('a parked table that is resumed after its batches were swept begins again at its newest base', async () => {
  await using bench = await live();
  const { lake } = bench;
  const [file] = await insert(lake, 30n, 3);
  await lake.store.delete(file?.path ?? '');
  expect(await stateOf(bench)).toMatchObject({ state: 'parked', error: { code: 'LAKE_CORRUPT' } });
  await insert(lake, 40n, 4);
  await sweepBelow(lake.store, await putBase(lake.store, items, { lsn: 41n }, [[row(1), row(2), row(3), row(4)]]));
  expect(await resume(bench)).toEqual({ ok: true, by: 'position' });
  expect(await stateOf(bench)).toMatchObject({ state: 'live', error: null });
  expect(await shown(bench)).toEqual(rows(1, 2, 3, 4));
  expect(await openRequests(lake.store, ['resync'])).toEqual([]);
});

test('a table whose batches were swept and that has no base is parked with LAKE_SWEPT', async () => {
  await using bench = await live();
  const { lake } = bench;
  await insert(lake, 30n, 3);
  await sweepBelow(lake.store, { tableId: items.tableId, manifest: 2 });
  expect(await stateOf(bench)).toMatchObject({ state: 'parked', error: { code: 'LAKE_SWEPT' } });
  expect(await shown(bench)).toEqual(rows(1, 2));
});

test('a copy or base that is swept while it is loaded is given up for the newest base', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[row(1)], [row(7)]], { done: false });
  expect(await stateOf(bench)).toMatchObject({ state: 'copying' });
  await lake.copy(items, { generation: 1, lsn: 10n }, [[row(1)], [row(7)], [row(8)]], { from: 2 });
  await insert(lake, 20n, 2);
  await sweepBelow(lake.store, await putBase(lake.store, items, { lsn: 21n }, [[row(1)], [row(2)]]));
  await insert(lake, 30n, 3);
  expect(await stateOf(bench)).toMatchObject({ state: 'live', generation: 1 });
  expect(await shown(bench)).toEqual(rows(1, 2, 3));
});

test('a base below the floor of its table is not begun: a later copy is', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 25n }, [[row(1)], [row(2)]]);
  await insert(lake, 20n, 2);
  await putBase(lake.store, items, { lsn: 21n }, [[row(1)], [row(2)]]);
  await lake.batch([], { to: 25n });
  await putFloor(lake.store, { tableId: items.tableId, table: 'public.items', manifest: 2 });
  await insert(lake, 30n, 3);
  expect(await stateOf(bench)).toMatchObject({ state: 'live', error: null });
  expect(await bench.rows(`SELECT record FROM tailrace.generations FINAL WHERE record LIKE '%"base"%'`)).toEqual([]);
  expect(await shown(bench)).toEqual(rows(1, 2, 3));
});

test('a base that is swept while it is loaded is given up for the copy, where that is later', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 25n }, [[row(1)], [row(2)]]);
  await insert(lake, 20n, 2);
  await putBase(lake.store, items, { lsn: 21n }, [[row(1)], [row(2)]]);
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  expect(await engine.breakOff({ after: 0, ran: false, of: /CREATE TABLE.*t6101_1_g1/s }, () => turnUntilIdle(compactor))).toBe(true);
  await lake.batch([], { to: 25n });
  await putFloor(lake.store, { tableId: items.tableId, table: 'public.items', manifest: 2 });
  await lake.store.delete(baseDataKey({ tableId: items.tableId, n: 1 }, 'abcdef0123456789', 0));
  await insert(lake, 30n, 3);
  expect(await stateOf(bench)).toMatchObject({ state: 'live', error: null });
  expect(await shown(bench)).toEqual(rows(1, 2, 3));
});

test('a rebuild leaves out a table that was dropped and swept, and one that was dropped while it was copied', async () => {
  await using bench = await live();
  const { lake } = bench;
  const parts = { ...others, oid: 6103, tableId: '6103_1', name: 'parts' };
  await lake.copy(parts, { generation: 1, lsn: 25n }, [[row(1)]], { done: false });
  const gone = [items, parts].map(({ name, tableId }) => ({ kind: 'dropped', table: `public.${name}`, tableId }) as const);
  const { number } = await lake.batch([], { catalog: gone, to: 30n });
  expect(await stateOf(bench)).toMatchObject({ state: 'dropped' });
  await sweepBelow(lake.store, { tableId: items.tableId, manifest: number });
  await putFloor(lake.store, { tableId: items.tableId, table: 'public.items', manifest: number + 1 }, true);
  await lake.batch([], { to: 40n });
  const id = await putRequest(lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  expect(await stateOf(bench)).toMatchObject({ state: 'dropped', error: null });
  expect(await stateOf(bench, 'parts')).toMatchObject({ state: 'dropped', error: null });
  expect(await readStage(lake.store, { id, stage: 'done' })).toEqual({ ok: true });
  await lake.copy(items, { generation: 2, lsn: 45n }, [[row(7)]]);
  await lake.batch([], { to: 50n });
  expect(await stateOf(bench)).toMatchObject({ state: 'live', generation: 2 });
  expect(await shown(bench)).toEqual(rows(7));
});
