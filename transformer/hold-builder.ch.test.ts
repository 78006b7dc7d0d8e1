import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
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
