import { rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openRequests, putRequest, readStage } from '../lake/control.ts';
import type { StageBody } from '../lake/control-stage.ts';
import type { FileEntry } from '../lake/manifest.ts';
import { chunkDataKey } from '../lake/keys.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({ oid: 2101, name: 'items', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

async function insert(lake: LakeWriter, lsn: bigint, id: number): Promise<FileEntry> {
  const file = await lake.file(items, [{ op: 'I', lsn, ordinal: 1, row: { id: String(id), body: `row ${id}` } }]);
  await lake.batch([file]);
  return file;
}

/** Where an object of the lake lies. */
function placeOf({ store }: LakeWriter, key: string): string {
  if (store.location.kind !== 'directory') throw new Error('the lake is no directory');
  return `${store.location.path}/${key}`;
}

/** Asks as `tailrace resume` does; the answer. */
async function resume(bench: WarehouseBench, table = 'public.items'): Promise<StageBody<'done'> | null> {
  const id = await putRequest(bench.lake.store, { kind: 'resume', table, warehouseId: WAREHOUSE_ID });
  await bench.settle();
  return readStage(bench.lake.store, { id, stage: 'done' });
}

const ids = (bench: WarehouseBench) => bench.rows('SELECT id, body FROM public.items ORDER BY id');
const rows = (...numbers: number[]) => numbers.map((id) => ({ id, body: `row ${id}` }));

test('a parked table continues from where it stopped once the cause is gone: nothing is copied, and no earlier file is read again', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'row 1' }]]);
  await bench.settle();
  const before = await insert(lake, 20n, 2);
  await bench.settle();
  const lost = await insert(lake, 30n, 3);
  await rename(placeOf(lake, lost.path), placeOf(lake, 'away'));
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked', error: { code: 'LAKE_CORRUPT' }, appliedLsn: '0/15' }]);
  await insert(lake, 40n, 4);
  await bench.settle();
  expect(await ids(bench)).toEqual(rows(1, 2));
  await rename(placeOf(lake, 'away'), placeOf(lake, lost.path));
  await rename(placeOf(lake, before.path), placeOf(lake, 'away'));
  expect(await resume(bench)).toEqual({ ok: true, by: 'position' });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 1, error: null, appliedLsn: '0/29' }]);
  expect(await ids(bench)).toEqual(rows(1, 2, 3, 4));
  expect(await openRequests(lake.store, ['resync'])).toEqual([]);
});

test('a table that fails again after it was resumed is copied once, with the reason', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'row 1' }]]);
  await bench.settle();
  const lost = await insert(lake, 20n, 2);
  await lake.store.delete(lost.path);
  await bench.settle();
  expect(await resume(bench)).toEqual({ ok: true, by: 'position' });
  const failed = await bench.settle();
  expect(failed.tables).toMatchObject([{ state: 'waiting', error: { code: 'LAKE_CORRUPT', message: expect.stringContaining(lost.path) } }]);
  expect(await openRequests(lake.store, ['resync'])).toMatchObject([
    { tableId: items.tableId, reason: expect.stringContaining(lost.path) },
  ]);
  expect(await ids(bench)).toEqual(rows(1));
  await lake.copy(items, { generation: 2, lsn: 30n }, [[1, 2].map((id) => ({ id: String(id), body: `row ${id}` }))]);
  await lake.batch([], { to: 40n });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 2, error: null }]);
  expect(await ids(bench)).toEqual(rows(1, 2));
});

test('a table that was parked while it was copied resumes the same copy', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'row 1' }], [{ id: '2', body: 'row 2' }]]);
  const chunk = chunkDataKey({ tableId: items.tableId, generation: 1 }, 'abcdef0123456789', 2);
  await rename(placeOf(lake, chunk), placeOf(lake, 'away'));
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked', error: { code: 'LAKE_CORRUPT' } }]);
  await rename(placeOf(lake, 'away'), placeOf(lake, chunk));
  await insert(lake, 20n, 3);
  expect(await resume(bench)).toEqual({ ok: true, by: 'position' });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 1 }]);
  expect(await ids(bench)).toEqual(rows(1, 2, 3));
});

test('a key change whose value was resolved before the table was parked is not resolved again', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'row 1' }]]);
  await bench.settle();
  await lake.batch([
    await lake.file(items, [
      { op: 'D', lsn: 20n, ordinal: 1, row: { id: '1', body: null }, keyChange: true },
      { op: 'U', lsn: 20n, ordinal: 2, row: { id: '2', body: undefined } },
    ]),
  ]);
  const lost = await insert(lake, 30n, 3);
  await rename(placeOf(lake, lost.path), placeOf(lake, 'away'));
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked' }]);
  await rename(placeOf(lake, 'away'), placeOf(lake, lost.path));
  await resume(bench);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 1 }]);
  expect(await ids(bench)).toEqual([
    { id: 2, body: 'row 1' },
    { id: 3, body: 'row 3' },
  ]);
});

test('a table that cannot be resumed says why: held back by the configuration, missing, or of another warehouse', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'row 1' }]]);
  await bench.settle();
  const held = { kind: 'held', table: 'public.items', tableId: items.tableId, reason: 'column "hidden" would be shown' } as const;
  await lake.batch([], { catalog: [held], to: 20n });
  await bench.settle();
  expect(await resume(bench)).toEqual({ ok: false, error: expect.stringMatching(/column "hidden" would be shown/) });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked', error: { code: 'BAD_CONFIG' } }]);
  expect(await resume(bench, 'public.others')).toEqual({ ok: false, error: 'the warehouse has no table public.others' });
  const id = await putRequest(lake.store, { kind: 'resume', table: 'public.items', warehouseId: 'another' });
  await bench.settle();
  expect(await readStage(lake.store, { id, stage: 'done' })).toBeNull();
});
