import { expect, test } from 'vitest';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({ oid: 2301, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const others = tableSchema({ oid: 2302, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });
const chunks = Array.from({ length: 40 }, (_, index) => [{ id: String(index) }]);

/** Keys of records of copies that were read. */
function read(store: FaultyStore): string[] {
  return store.calls.filter(({ operation, key }) => operation === 'get' && key.startsWith('snapshot/')).map(({ key }) => key);
}

test('neither a start nor later work reads loaded copies, regardless of their number of chunks', async () => {
  await using folder = await scratch('start');
  const store = new FaultyStore(new DirectoryStore(`${folder.path}/lake`));
  await using bench = await warehouseBench({ store });
  for (const schema of [items, others]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, chunks);
  await bench.lake.copy(items, { generation: 2, lsn: 12n }, chunks);
  await bench.lake.batch([], { to: 20n });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }, { state: 'live' }]);
  store.calls.length = 0;
  await bench.lake.batch([await bench.lake.file(items, [{ op: 'I', lsn: 30n, ordinal: 1, row: { id: '99' } }])]);
  expect((await bench.settle()).tables).toContainEqual(
    expect.objectContaining({ table: 'public.items', state: 'live', generation: 2, appliedLsn: '0/1F' }),
  );
  expect(read(store)).toEqual([]);
  expect(await bench.rows('SELECT count() AS n FROM public.items')).toEqual([{ n: '41' }]);
});

test('a start reads only those records of a copy whose chunks are not loaded yet', async () => {
  await using folder = await scratch('start');
  const store = new FaultyStore(new DirectoryStore(`${folder.path}/lake`));
  await using bench = await warehouseBench({ store });
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, chunks.slice(0, 30), { done: false });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'copying' }]);
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, chunks, { from: 30 });
  await bench.lake.batch([], { to: 20n });
  store.calls.length = 0;
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }]);
  expect(read(store).filter((key) => /\/0000\d\d\.json$/.test(key))).toEqual(
    Array.from({ length: 10 }, (_, index) => `snapshot/2301_1/1/0000${31 + index}.json`),
  );
  expect(await bench.rows('SELECT count() AS n FROM public.items')).toEqual([{ n: '40' }]);
});
