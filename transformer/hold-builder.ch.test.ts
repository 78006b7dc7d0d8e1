import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { eventually } from '../test/support/eventually.ts';
import { scratch } from '../test/support/scratch.ts';
import { startClickhouse } from '../test/support/servers/clickhouse-front.ts';
import { serveSql } from '../warehouse/endpoint.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import { holdBuilder } from './hold-builder.ts';

const builder = { role: 'builder', log: silentLogger(), limits: { memoryBytes: 100_000_000, threads: 1 } } as const;

test('a lock of an embedded warehouse leaves nothing in the lake', async () => {
  await using folder = await scratch('tailrace-hold');
  await using owner = await openWarehouse({ uri: folder.path, role: 'owner', log: silentLogger() });
  await serveSql(owner, { port: 0 });
  await using engine = await openWarehouse({ uri: folder.path, ...builder });
  const place = { engine, store: new MemoryStore(), warehouseId: 'w' };
  const hold = await holdBuilder(place, 'role', { wait: false });
  await expect(holdBuilder(place, 'role', { wait: false })).rejects.toMatchObject({ code: 'TRANSFORM_IN_USE' });
  await hold.release();
  expect(await collect(place.store.list(''))).toEqual([]);
});

test('a lock of a server is a lease in the lake', async () => {
  await using server = await startClickhouse();
  await using engine = await openWarehouse({ uri: server.url, ...builder });
  const place = { engine, store: new MemoryStore(), warehouseId: 'w' };
  const hold = await holdBuilder(place, 'run', { wait: false });
  await expect(holdBuilder(place, 'run', { wait: false })).rejects.toMatchObject({ code: 'TRANSFORM_IN_USE' });
  await hold.release();
  expect((await collect(place.store.list(''))).map(({ key }) => key)).toContain('readers/w/builder-run/1.json');
});

test('the next holder of a lock of a server ends what the last one left running, and another lock ends nothing of it', async () => {
  await using server = await startClickhouse();
  const store = new MemoryStore();
  const place = async () => ({ engine: await openWarehouse({ uri: server.url, ...builder }), store, warehouseId: 'w' });
  const [first, other, next] = [await place(), await place(), await place()];
  const running = async (): Promise<number> => {
    const rows = await next.engine.query<{ n: string }>(
      "SELECT count() AS n FROM system.processes WHERE match(query_id, '^tailrace-w-build-run-') AND query LIKE 'INSERT INTO default.slow%'",
    );
    return Number(rows[0]?.n);
  };
  await first.engine.exec('CREATE TABLE IF NOT EXISTS default.slow (n UInt64) ENGINE = MergeTree ORDER BY n');
  const hold = await holdBuilder(first, 'run', { wait: false });
  const failed = first.engine
    .exec('INSERT INTO default.slow SELECT number + sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1, max_insert_threads = 1')
    .catch((error: unknown) => error);
  await eventually(async () => (await running()) === 1, 'the slow insert');
  await using _role = await holdBuilder(other, 'role', { wait: false });
  expect(await running()).toBe(1);
  await hold.release();
  await using _run = await holdBuilder(next, 'run', { wait: false });
  expect(await running()).toBe(0);
  expect(await failed).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
});
