import { expect, test } from 'vitest';
import { putExpired } from '../lake/readers.ts';
import type { Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { putBase, sweepBelow } from '../test/support/warehouse/lake-base.ts';
import { WAREHOUSE_ID, later, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({ oid: 6201, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const row = (id: number): Row => ({ id: String(id) });
const ids = async (bench: WarehouseBench) =>
  (await bench.rows<{ id: number }>('SELECT id FROM public.items ORDER BY id')).map(({ id }) => id);
const storages = async (bench: WarehouseBench) =>
  (await bench.rows<{ name: string }>("SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^t6201')")).map(
    ({ name }) => name,
  );

async function insert({ lake }: WarehouseBench, lsn: bigint, id: number): Promise<void> {
  await lake.batch([await lake.file(items, [{ op: 'I', lsn, ordinal: 1, row: row(id) }])]);
}

/** A warehouse that stands at batch 1 of 3; a base covers batch 2, and nothing below it is left. */
async function away(): Promise<WarehouseBench> {
  const bench = await warehouseBench();
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(bench, 20n, 2);
  await bench.settle();
  await insert(bench, 30n, 3);
  await sweepBelow(bench.lake.store, await putBase(bench.lake.store, items, { lsn: 31n }, [[row(1), row(2), row(3)]]));
  await insert(bench, 40n, 4);
  return bench;
}

test('a warehouse that was expired begins again at the bases when it comes back, once', async () => {
  await using bench = await away();
  expect(await putExpired(bench.lake.store, WAREHOUSE_ID, 1)).toBe(true);
  await bench.start();
  expect(await bench.position()).toMatchObject({ expiries: 1, tables: [{ state: 'waiting', needs: null }] });
  expect(await ids(bench)).toEqual([1, 2]);
  expect(await bench.settle()).toMatchObject({ expiries: 1, tables: [{ state: 'live', error: null }] });
  expect(await ids(bench)).toEqual([1, 2, 3, 4]);
  await bench.settle();
  expect(await storages(bench)).toEqual(['t6201_1_g1_r1']);
});

test('a compactor that was suspended finds that its warehouse was expired', async () => {
  await using bench = await away();
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  await putExpired(bench.lake.store, WAREHOUSE_ID, 1);
  await compactor.turn(later(60_000));
  expect((await bench.position()).expiries).toBeUndefined();
  await compactor.turn(later(20 * 60_000));
  expect(await bench.position()).toMatchObject({ expiries: 1 });
  await turnUntilIdle(compactor);
  expect(await ids(bench)).toEqual([1, 2, 3, 4]);
});

test('what a table loads is in the position before it is read', async () => {
  await using bench = await warehouseBench();
  const { store } = bench.lake;
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(bench, 20n, 2);
  const { manifest } = await putBase(store, items, { lsn: 21n }, [[row(1)], [row(2)]]);
  await insert(bench, 30n, 3);
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const statement = /CREATE TABLE.*t6201_1_g1/s;
  expect(await engine.breakOff({ after: 0, ran: false, of: statement }, () => turnUntilIdle(compactor))).toBe(true);
  expect((await bench.position()).tables).toMatchObject([{ state: 'copying', needs: { manifest, source: { base: 1 } } }]);
  await bench.settle();
  expect(await ids(bench)).toEqual([1, 2, 3]);
});
