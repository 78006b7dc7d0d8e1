import { cp, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { elapsed, wall } from '../core/time.ts';
import { putRequest, readStage } from '../lake/control.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import { manifestKey } from '../lake/keys.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { WAREHOUSE_ID, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' } } as const;
const items = tableSchema({ oid: 7001, name: 'items', columns: COLUMNS, key: ['id'] });
const itemsAnew = tableSchema({ oid: 7001, name: 'items', columns: COLUMNS, key: ['id'], epoch: 2 });

/**
 * A warehouse that is ahead: it has applied row 3, and the lake was set back to before, by its
 * files. `lake` writes to that.
 */
interface Restored extends AsyncDisposable {
  readonly bench: WarehouseBench;
  readonly lake: LakeWriter;
  ids(): Promise<number[]>;
}

async function insert(lake: LakeWriter, schema: typeof items, lsn: bigint, id: string): Promise<void> {
  await lake.batch([await lake.file(schema, [{ op: 'I', lsn, ordinal: 1, row: { id } }])], { epoch: schema.epoch });
}

async function restored(afterBackup: (lake: LakeWriter) => Promise<void>): Promise<Restored> {
  const folder = await scratch('restored');
  const store = new DirectoryStore(`${folder.path}/lake`);
  const before = await LakeWriter.open(store);
  await before.epoch(1);
  const bench = await warehouseBench({ lake: before });
  await before.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await insert(before, items, 20n, '2');
  await bench.settle();
  await cp(`${folder.path}/lake`, `${folder.path}/backup`, { recursive: true });
  await afterBackup(before);
  await bench.settle();
  await rm(`${folder.path}/lake`, { recursive: true });
  await cp(`${folder.path}/backup`, `${folder.path}/lake`, { recursive: true });
  return {
    bench,
    lake: await LakeWriter.open(store),
    ids: async () => (await bench.rows<{ id: number }>('SELECT id FROM public.items ORDER BY id')).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a restored lake is WAREHOUSE_AHEAD before and after it overtakes the warehouse, and nothing of it is applied', async () => {
  await using world = await restored((lake) => insert(lake, items, 30n, '3'));
  await expect(world.bench.settle()).rejects.toMatchObject({ code: 'WAREHOUSE_AHEAD' });
  for (const id of [40, 41, 42]) await insert(world.lake, items, BigInt(id), String(id));
  await expect(world.bench.settle()).rejects.toMatchObject({ code: 'WAREHOUSE_AHEAD' });
  expect(await world.ids()).toEqual([1, 2, 3]);
});

test('a running compactor reports a lake that was set back at the next batch, and applies nothing of it', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  for (const id of [20, 30]) await insert(lake, items, BigInt(id), String(id));
  await bench.settle();
  const compactor = await bench.start();
  await lake.store.delete(manifestKey(2));
  const other = await LakeWriter.open(lake.store);
  for (const id of [40, 50]) await insert(other, items, BigInt(id), String(id));
  await expect(compactor.turn()).rejects.toThrow(/^WAREHOUSE_AHEAD: manifest 3 does not continue the one that the warehouse has applied/);
  expect(await bench.rows('SELECT id FROM public.items ORDER BY id')).toEqual([{ id: 1 }, { id: 20 }, { id: 30 }]);
});

test.each([
  ['the warehouse knows one epoch', (lake: LakeWriter) => insert(lake, items, 30n, '3')],
  [
    'the warehouse has seen an epoch of the same number',
    async (lake: LakeWriter) => {
      await insert(lake, items, 30n, '3');
      await lake.epoch(2);
      await lake.copy(itemsAnew, { generation: 1, lsn: 31n }, [[{ id: '1' }, { id: '2' }, { id: '3' }]]);
      await lake.batch([], { to: 32n, epoch: 2 });
    },
  ],
])('a new epoch recovers, and tables stay readable as they were until its copies exist: %s', async (_name, lost) => {
  await using world = await restored(lost);
  const { bench, lake } = world;
  await expect(bench.settle()).rejects.toMatchObject({ code: 'WAREHOUSE_AHEAD' });
  await lake.epoch(2);
  const waiting = await bench.settle();
  expect(waiting.tables).toMatchObject([{ table: 'public.items', state: 'waiting' }]);
  expect(await world.ids()).toEqual([1, 2, 3]);
  await insert(lake, itemsAnew, 60n, '6');
  await bench.settle();
  expect(await world.ids()).toEqual([1, 2, 3]);
  await lake.copy(itemsAnew, { generation: 1, lsn: 50n }, [[{ id: '1' }, { id: '5' }]]);
  const live = await bench.settle();
  expect(live.tables).toMatchObject([{ table: 'public.items', state: 'live', tableId: itemsAnew.tableId }]);
  expect(await world.ids()).toEqual([1, 5, 6]);
  await insert(lake, itemsAnew, 70n, '7');
  await bench.settle();
  expect(await world.ids()).toEqual([1, 5, 6, 7]);
});

test('a requested rebuild recovers without a new epoch', async () => {
  await using world = await restored((lake) => insert(lake, items, 30n, '3'));
  const { bench, lake } = world;
  await insert(lake, items, 40n, '4');
  const id = await putRequest(lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  const { tables } = await bench.settle();
  await bench.settle();
  expect(tables).toMatchObject([{ table: 'public.items', state: 'live' }]);
  expect(await world.ids()).toEqual([1, 2, 4]);
  expect(await readStage(lake.store, { id, stage: 'done' })).toEqual({ ok: true });
});

test('an older warehouse without hashes continues and records them from then on', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await insert(lake, items, 20n, '2');
  await bench.settle();
  const [before] = await bench.rows<{ value: string; seq: string }>("SELECT value, seq FROM tailrace.meta FINAL WHERE key = 'front'");
  const { hash: _hash, points: _points, ...old } = JSON.parse(before?.value ?? '{}') as Record<string, unknown>;
  await bench.engine.exec(
    `INSERT INTO tailrace.meta (key, value, seq) VALUES ('front', '${JSON.stringify(old)}', ${Number(before?.seq) + 100})`,
  );
  await insert(lake, items, 30n, '3');
  await bench.settle();
  const after = await bench.rows<{ value: string }>("SELECT value FROM tailrace.meta FINAL WHERE key = 'front'");
  expect(after[0]?.value).toMatch(/"hash":"sha256:/);
  expect(await bench.rows('SELECT count() AS n FROM public.items')).toEqual([{ n: '3' }]);
});

test('a manifest missing below the newest is LAKE_CORRUPT within a minute, and a new epoch recovers', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.epoch(1);
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  for (const id of [20, 30, 40]) await insert(lake, items, BigInt(id), String(id));
  await bench.settle();
  const compactor = await bench.start();
  for (const id of [50, 60]) await insert(lake, items, BigInt(id), String(id));
  await lake.store.delete(manifestKey(4));
  const begun = elapsed();
  await compactor.turn({ wallMs: wall(), elapsedMs: begun });
  await expect(compactor.turn({ wallMs: wall(), elapsedMs: begun + 30_000 })).rejects.toThrow(
    /^LAKE_CORRUPT: stream\/0{19}4\.json is missing while later ones exist/,
  );
  await expect(bench.settle()).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  await lake.epoch(2);
  await lake.copy(itemsAnew, { generation: 1, lsn: 70n }, [[{ id: '1' }, { id: '50' }]]);
  await insert(lake, itemsAnew, 80n, '80');
  await bench.settle();
  expect(await bench.rows('SELECT id FROM public.items ORDER BY id')).toEqual([{ id: 1 }, { id: 50 }, { id: 80 }]);
});

test.each([
  ['no manifest', (lake: LakeWriter) => lake.store.replace(manifestKey(5), new TextEncoder().encode('{}'))],
  [
    'a manifest of another history',
    async (lake: LakeWriter) => {
      const bytes = await lake.store.get(manifestKey(5));
      await lake.store.replace(manifestKey(5), new TextEncoder().encode(` ${new TextDecoder().decode(bytes ?? new Uint8Array())}`));
    },
  ],
])('an object that is %s is named, everything before it is applied, and a new epoch recovers', async (_name, spoil) => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.epoch(1);
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  for (const id of [20, 30, 40, 50, 60, 70]) await insert(lake, items, BigInt(id), String(id));
  await spoil(lake);
  await expect(bench.settle()).rejects.toThrow(/^(LAKE_CORRUPT|WAREHOUSE_AHEAD): .*[56]/);
  expect((await bench.rows<{ n: string }>('SELECT count() AS n FROM public.items'))[0]?.n).toMatch(/^[56]$/);
  await expect(bench.settle()).rejects.toThrow(/^(LAKE_CORRUPT|WAREHOUSE_AHEAD): /);
  await lake.epoch(2);
  await lake.copy(itemsAnew, { generation: 1, lsn: 80n }, [[{ id: '1' }]]);
  await insert(lake, itemsAnew, 90n, '90');
  await bench.settle();
  expect(await bench.rows('SELECT id FROM public.items ORDER BY id')).toEqual([{ id: 1 }, { id: 90 }]);
});

test('a missing manifest that only a catching-up table needs parks that table, and nothing is skipped', async () => {
  const late = tableSchema({ oid: 7002, name: 'late', columns: COLUMNS, key: ['id'] });
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 5n }, [[{ id: '1' }]]);
  for (const id of [10, 20, 30, 40, 50]) await insert(lake, late, BigInt(id), String(id));
  await bench.settle();
  for (const missing of [2, 3]) await lake.store.delete(manifestKey(missing));
  await lake.copy(late, { generation: 1, lsn: 15n }, [[{ id: '10' }]]);
  await insert(lake, items, 60n, '6');
  const { tables } = await bench.settle();
  expect(tables).toMatchObject([
    { table: 'public.items', state: 'live', appliedLsn: '0/3D' },
    { table: 'public.late', state: 'parked', error: { code: 'LAKE_CORRUPT' } },
  ]);
});
