import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { formatLsn } from '../../core/lsn.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import type { Base } from '../../lake/bases/base-log.ts';
import { putRequest, putStage, readStage } from '../../lake/control.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { sweepBelow } from '../../test/support/warehouse/lake-base.ts';
import { EMBEDDED_OR_EVERY } from '../../test/support/warehouse/places.ts';
import { turnUntilIdle, warehouseBench, WAREHOUSE_ID } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { shardsOf } from '../../warehouse/cluster/shards.ts';

const orders = tableSchema({
  oid: 5301,
  name: 'orders',
  columns: { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'int4' } },
  key: ['id'],
});
const loose = tableSchema({ oid: 5302, name: 'loose', columns: { line: { kind: 'text' } }, identity: 'full' });

const row = (id: number, note: string | null | undefined = `row ${id}`) => ({ id: String(id), note, total: '1' });
const basesOf = (bench: WarehouseBench): Promise<Base[]> => new BaseLog(bench.lake.store).whole();
const LEFT = "SELECT name FROM system.tables WHERE database = 'tailrace' AND (name LIKE 'clone%' OR name LIKE '%\\_r1000%') ORDER BY name";

/** Tables with a copy, of which everything that can happen to rows happens afterwards. */
async function begin(bench: WarehouseBench): Promise<void> {
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 10n }, [Array.from({ length: 20 }, (_, id) => row(id))]);
  await lake.copy(loose, { generation: 1, lsn: 10n }, [[{ line: 'a' }, { line: 'a' }, { line: 'b' }]]);
  await bench.settle();
}

async function change(bench: WarehouseBench, lsn: bigint): Promise<void> {
  const { lake } = bench;
  await lake.batch([
    await lake.file(orders, [
      { op: 'U', lsn, ordinal: 1, row: row(1, `changed at ${lsn}`) },
      { op: 'D', lsn, ordinal: 2, row: { id: '2', note: null, total: null } },
      { op: 'U', lsn, ordinal: 3, row: { id: '3', note: undefined, total: '7' } },
      { op: 'D', lsn, ordinal: 4, row: { id: '4', note: null, total: null }, keyChange: true },
      { op: 'U', lsn, ordinal: 5, row: { id: String(100n + lsn), note: undefined, total: '8' } },
      { op: 'I', lsn, ordinal: 6, row: { id: '2', note: `again at ${lsn}`, total: '1' } },
      { op: 'I', lsn, ordinal: 7, row: { id: '4', note: `again at ${lsn}`, total: '1' } },
    ]),
    await lake.file(loose, [
      { op: 'I', lsn, ordinal: 8, row: { line: `${lsn}` } },
      { op: 'D', lsn, ordinal: 9, row: { line: 'a' } },
      { op: 'I', lsn, ordinal: 10, row: { line: 'a' } },
    ]),
  ]);
}

/** A verification of all tables at a manifest of its own, which found `orders` equal or not. */
async function verify(bench: WarehouseBench, equal: boolean, lsn: bigint): Promise<void> {
  const { lake } = bench;
  const id = await putRequest(lake.store, { kind: 'verify', tables: null });
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  await lake.batch([], { to: lsn + 10n });
  await putStage(lake.store, { id, stage: 'point' }, { lsn: formatLsn(lsn) });
  await turnUntilIdle(compactor);
  await turnUntilIdle(compactor);
  await putStage(lake.store, { id, stage: 'release' }, { compared: [{ tableId: orders.tableId, equal }] });
  await turnUntilIdle(compactor);
  expect(await readStage(lake.store, { id, stage: 'done' })).toEqual({ ok: true });
}

describe.each(EMBEDDED_OR_EVERY)('on $name', ({ open, stride }) => {
  test('tables that changed get a base, which another computation of the lake comes to as well', async () => {
    await using bench = await open({ baseIntervalMs: 1_000 });
    await begin(bench);
    expect(await basesOf(bench)).toEqual([]);
    await change(bench, 20n);
    await bench.settle();
    expect(
      (await basesOf(bench)).map(({ plan, done, proof }) => [plan.table, plan.n, plan.from, done.rows, proof?.by, proof?.equal]),
    ).toEqual([
      ['public.orders', 1, null, 21, 'rebuild', true],
      ['public.loose', 1, null, 4, 'rebuild', true],
    ]);
    await bench.lake.batch([], { to: 30n });
    await bench.settle();
    expect(await basesOf(bench)).toHaveLength(2);
    await change(bench, 40n);
    await bench.settle();
    const second = (await basesOf(bench)).filter(({ plan }) => plan.n === 2);
    expect(second.map(({ plan, proof }) => [plan.table, plan.from, plan.manifest, proof?.equal])).toEqual([
      ['public.orders', 1, 3, true],
      ['public.loose', 1, 3, true],
    ]);
    expect(await bench.rows(LEFT)).toEqual([]);
  });

  test('a table gets a base after enough bytes of batches, however often the compactor starts', async () => {
    await using bench = await open({ baseIntervalMs: 3_600_000, baseLeastBytes: 6_000, baseProof: 'none' });
    await begin(bench);
    const manifests = new ManifestLog(bench.lake.store, silentLogger());
    let bytes = 0;
    // The first base is due by the age of the copy.
    for (let number = 1, base = 1; base < 3; number += 1) {
      await change(bench, 10n + 10n * BigInt(number));
      await bench.settle();
      const files = (await manifests.read(number))?.files ?? [];
      if (number > 1) bytes += files.find(({ tableId }) => tableId === orders.tableId)?.bytes ?? 0;
      const newest = (await basesOf(bench)).findLast(({ plan }) => plan.tableId === orders.tableId);
      base = bytes > 6_000 ? 2 : 1;
      expect([number, newest?.plan.n, newest?.plan.manifest]).toEqual([number, base, base === 1 ? 1 : number]);
      if (base === 2) break;
    }
  });

  test('a table whose copy is late gets a base for the changes that it caught up with', async () => {
    await using bench = await open({ baseIntervalMs: 1_000 });
    await change(bench, 20n);
    await bench.settle();
    await begin(bench);
    const based = (await basesOf(bench)).map(({ plan, done, proof }) => [plan.table, plan.manifest, done.rows, proof?.equal]);
    expect(based).toEqual([
      ['public.orders', 1, 21, true],
      ['public.loose', 1, 4, true],
    ]);
  });

  test('a row that was changed by hand in the storage makes the next base unequal', async () => {
    await using bench = await open({ baseIntervalMs: 1_000 });
    await begin(bench);
    await change(bench, 20n);
    await bench.settle();
    for (const shard of shardsOf(bench.engine))
      await shard.exec(
        `INSERT INTO tailrace.t5301_1_g1 (c1, c2, c3, _tr_version, _tr_deleted) SELECT c1, 'by hand', c3, _tr_version + 1, 0 FROM tailrace.t5301_1_g1 FINAL WHERE c1 = 7`,
      );
    await change(bench, 30n);
    await bench.settle();
    const judged = async () =>
      (await basesOf(bench))
        .filter(({ plan }) => plan.tableId === orders.tableId)
        .map(({ plan, proof }) => [plan.n, plan.from, proof?.equal]);
    expect(await judged()).toEqual([
      [1, null, true],
      [2, 1, false],
    ]);
    const unequal = (await basesOf(bench)).find(({ plan, proof }) => plan.tableId === orders.tableId && proof?.equal === false);
    expect(unequal?.proof?.reason).toMatch(/the base has 22 rows with the hash \d+, and the lake alone makes 22 with \d+/);
  });

  test('a schema change and a truncate lie between two bases', async () => {
    await using bench = await open({ baseIntervalMs: 1_000 });
    const { lake } = bench;
    await begin(bench);
    await change(bench, 20n);
    await bench.settle();
    const wider = tableSchema({
      oid: 5301,
      name: 'renamed',
      columns: { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'int4' }, more: { kind: 'date' } },
      key: ['id'],
    });
    await lake.batch([
      await lake.file(orders, [
        { op: 'T', lsn: 30n, ordinal: 1, row: {} },
        { op: 'I', lsn: 30n, ordinal: 2, row: row(5) },
      ]),
    ]);
    await lake.batch([await lake.file(wider, [{ op: 'I', lsn: 40n, ordinal: 1, row: { ...row(6), more: 'infinity' } }])]);
    await bench.settle();
    const last = (await basesOf(bench)).filter(({ plan }) => plan.tableId === orders.tableId).at(-1);
    expect(last).toMatchObject({ plan: { table: 'public.renamed' }, done: { rows: 2 }, proof: { equal: true } });
    expect(await bench.rows(LEFT)).toEqual([]);
  });

  test('a request gets the base of its table, or says why there is none', async () => {
    await using bench = await open({ baseProof: 'none' });
    const { store } = bench.lake;
    await begin(bench);
    const ask = (table: string) => putRequest(store, { kind: 'base', table, warehouseId: WAREHOUSE_ID });
    const [of, none] = [await ask('public.orders'), await ask('public.elsewhere')];
    await bench.settle();
    expect(await readStage(store, { id: none, stage: 'done' })).toEqual({ ok: false, error: 'public.elsewhere is not live' });
    // Nothing was in the stream yet, so there is no manifest that a base could be of.
    expect(await readStage(store, { id: of, stage: 'done' })).toBeNull();
    await change(bench, 20n);
    await bench.settle();
    expect(await readStage(store, { id: of, stage: 'done' })).toMatchObject({
      ok: true,
      base: { table: 'public.orders', rows: 21, proof: null },
    });
    const again = await ask('public.orders');
    await bench.settle();
    expect(await readStage(store, { id: again, stage: 'done' })).toMatchObject({ ok: true, base: { rows: 21 } });
    expect(await basesOf(bench)).toHaveLength(1);
  });

  test('a base that breaks off at any statement leaves nothing, and a later one is right', async () => {
    await using bench = await open({ baseIntervalMs: 1_000 });
    await begin(bench);
    for (let round = 0; ; round += 1) {
      await change(bench, BigInt(20 + 10 * round));
      const failing = bench.failing();
      const compactor = await bench.start(failing);
      failing.failAt({ after: 6 + 3 * stride * round, ran: round % 2 === 0 });
      const through = await turnUntilIdle(compactor).then(
        () => true,
        () => false,
      );
      await bench.settle();
      expect(await bench.rows(LEFT)).toEqual([]);
      const newest = new Map((await basesOf(bench)).map((base) => [base.plan.tableId, base]));
      expect([...newest.values()].map(({ plan, proof }) => [plan.table, plan.manifest, proof?.equal])).toEqual([
        ['public.orders', round + 1, true],
        ['public.loose', round + 1, true],
      ]);
      if (through) break;
    }
  }, 300_000);

  test.each([true, false])('by a verification since, a base is judged: equal %s', async (equal) => {
    await using bench = await open({ baseIntervalMs: 1_000, baseProof: 'verify' });
    await begin(bench);
    await change(bench, 20n);
    await bench.settle();
    expect((await basesOf(bench)).map(({ plan, proof }) => [plan.table, proof])).toEqual([
      ['public.orders', null],
      ['public.loose', null],
    ]);
    await verify(bench, equal, 48n);
    expect((await basesOf(bench)).map(({ plan, proof }) => [plan.table, proof?.by, proof?.equal])).toEqual([
      ['public.orders', 'verify', equal],
      ['public.loose', undefined, undefined],
    ]);
  });

  test('a verification says nothing of a base whose rows another life of the table had', async () => {
    await using bench = await open({ baseIntervalMs: 3_600_000, baseProof: 'verify' });
    await begin(bench);
    await change(bench, 20n);
    await bench.settle();
    await bench.lake.copy(orders, { generation: 2, lsn: 30n }, [[row(1)]]);
    await bench.lake.batch([], { to: 40n });
    await bench.settle();
    await verify(bench, true, 48n);
    expect((await basesOf(bench)).map(({ plan, proof }) => [plan.table, plan.generation, proof])).toEqual([
      ['public.orders', 1, null],
      ['public.loose', 1, null],
    ]);
  });

  test('when what a proof begins with was swept, a verification or a new copy makes bases count again', async () => {
    await using trusting = await open({ baseIntervalMs: 1_000, baseProof: 'none' });
    const { engine, lake } = trusting;
    await begin(trusting);
    await change(trusting, 20n);
    await trusting.settle();
    // Without a proof, the first bases count, and free the copies.
    for (const { plan } of await basesOf(trusting)) await sweepBelow(lake.store, plan);
    const bench = await warehouseBench({ engine, lake, baseIntervalMs: 1_000, baseProof: 'rebuild' });
    await change(bench, 30n);
    const id = await putRequest(lake.store, { kind: 'base', table: 'public.orders', warehouseId: WAREHOUSE_ID });
    await bench.settle();
    const error = 'base 2 cannot be computed again, as what it began with was swept; `tailrace verify public.orders` proves it';
    expect(await readStage(lake.store, { id, stage: 'done' })).toEqual({ ok: false, error });
    await verify(bench, true, 48n);
    await lake.copy(loose, { generation: 2, lsn: 60n }, [[{ line: 'a' }]]);
    await lake.batch([], { to: 65n });
    await bench.settle();
    await change(bench, 70n);
    await bench.settle();
    const newest = new Map((await basesOf(bench)).map((base) => [base.plan.table, base]));
    expect([...newest.values()].map(({ plan, proof }) => [plan.table, plan.generation, plan.from, proof?.by, proof?.equal])).toEqual([
      ['public.orders', 1, 2, 'rebuild', true],
      ['public.loose', 2, null, 'rebuild', true],
    ]);
  });

  test('a table that always changes keeps no other one from its base', async () => {
    await using bench = await open({ baseIntervalMs: 1, baseProof: 'none' });
    await begin(bench);
    const compactor = await bench.start();
    const tables = new Set<string>();
    for (let round = 0; round < 40 && tables.size < 2; round += 1) {
      await change(bench, BigInt(20 + 10 * round));
      await compactor.turn();
      for (const { plan } of await basesOf(bench)) tables.add(plan.table);
    }
    expect(tables).toEqual(new Set(['public.orders', 'public.loose']));
  });
});
