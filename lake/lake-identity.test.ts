import { expect, test } from 'vitest';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { putEpoch, readEpochs } from './epoch.ts';
import { FEATURES } from './format/format.ts';
import { formatKey } from './keys.ts';
import { openLake, readLake } from './lake-identity.ts';
import { MemoryStore } from '../test/support/memory-store.ts';

const source = { systemId: '7301', database: 'shop' };

test('a lake that several processes make at once is made once, and has one id', async () => {
  const store = new MemoryStore();
  const opened = await Promise.all([openLake(store, source), openLake(store, source), openLake(store, source)]);
  const [first] = opened;
  expect(first).toMatchObject({ format: { number: 1, features: new Set(FEATURES) }, source, name: `tailrace_${first.id.slice(0, 8)}` });
  expect(opened).toEqual([first, first, first]);
  expect(await openLake(store, null)).toEqual(first);
});

test('a lake of another database or another system is refused', async () => {
  const store = new MemoryStore();
  await openLake(store, source);
  for (const other of [
    { ...source, database: 'test' },
    { ...source, systemId: '1' },
  ]) {
    await expect(openLake(store, other)).rejects.toMatchObject({ code: 'LAKE_OF_ANOTHER_SOURCE' });
  }
});

test('where there is no lake, a reader says so and makes none', async () => {
  const store = new MemoryStore();
  await expect(openLake(store, null)).rejects.toMatchObject({ code: 'LAKE_MISSING' });
  expect(await store.head('lake.json')).toBeNull();
});

test('a lake of a later format is refused', async () => {
  const store = new MemoryStore();
  await store.put('lake.json', Buffer.from(JSON.stringify({ id: 'a'.repeat(32), format: 3, source })));
  await expect(openLake(store, source)).rejects.toThrow(
    /^LAKE_TOO_NEW: lake\.json has format 3, but this version reads only up to 2\. Use a newer version of tailrace with this lake\.$/,
  );
});

test('a lake whose maker died before its features were stored gets them from the next replicator, not from a reader', async () => {
  const store = new FaultyStore(new MemoryStore());
  store.set({ on: 'put', key: /^format/, times: 1, fault: { kind: 'reject' } });
  await expect(openLake(store, source)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  expect((await openLake(store, null)).format.number).toBe(0);
  expect(await store.head(formatKey(1))).toBeNull();
  expect((await openLake(store, source)).format.features).toEqual(new Set(FEATURES));
});

test('a lake of a version without features has none, also for a replicator', async () => {
  const store = new MemoryStore();
  await store.put('lake.json', Buffer.from(JSON.stringify({ id: 'a'.repeat(32), format: 1, source })));
  expect((await openLake(store, source)).format).toEqual({ number: 0, features: new Set() });
  expect((await readLake(store, null))?.format.number).toBe(0);
  expect(await store.head(formatKey(1))).toBeNull();
});

test('epochs are read in order, and a number that another process took is FENCED', async () => {
  const store = new FaultyStore(new MemoryStore());
  const epoch = { epoch: 1, slot: 'tailrace_0', consistentPoint: '0/1', systemId: '7301', timeline: 1 };
  expect(await readEpochs(store)).toEqual([]);
  store.set({ on: 'put', times: 1, fault: { kind: 'failAfterWrite' } });
  await expect(putEpoch(store, epoch)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await putEpoch(store, epoch);
  await putEpoch(store, { ...epoch, epoch: 2, consistentPoint: '0/2' });
  await expect(putEpoch(store, { ...epoch, consistentPoint: '0/3' })).rejects.toMatchObject({ code: 'FENCED' });
  expect((await readEpochs(store)).map(({ consistentPoint }) => consistentPoint)).toEqual(['0/1', '0/2']);
});
