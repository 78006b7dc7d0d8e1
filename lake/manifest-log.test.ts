import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { manifestKey } from './keys.ts';
import { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import { MemoryStore } from '../test/support/memory-store.ts';

function manifestOf(number: number, writer = 'aa'): Manifest {
  return {
    number,
    epoch: 1,
    writer,
    from: `0/${number.toString(16).toUpperCase()}`,
    to: `0/${(number + 1).toString(16).toUpperCase()}`,
    commitTimes: null,
    heartbeat: true,
    files: [],
    catalog: [],
  };
}

async function logOf(count: number): Promise<{ store: FaultyStore; log: ManifestLog }> {
  const store = new FaultyStore(new MemoryStore());
  const log = new ManifestLog(store, silentLogger());
  for (let number = 1; number <= count; number += 1) await log.append(manifestOf(number));
  store.calls.length = 0;
  return { store, log };
}

test('a new lake has no last manifest', async () => {
  const { log } = await logOf(0);
  expect(await log.last()).toBeNull();
});

test('the last manifest is found from any known one, and without one', async () => {
  for (const count of [1, 2, 3, 4, 7, 8, 9, 100]) {
    const { log } = await logOf(count);
    expect((await log.last())?.number).toBe(count);
    for (const known of [1, Math.ceil(count / 2), count]) expect((await log.last(known))?.number).toBe(count);
  }
});

test('finding the last of a thousand manifests takes three dozen looks and no listing', async () => {
  const { store, log } = await logOf(1_000);
  expect((await log.last())?.number).toBe(1_000);
  expect(store.calls.length).toBeLessThan(36);
  expect(store.calls.filter((call) => call.operation === 'list')).toEqual([]);
});

test('that the newest manifest is the known one takes one look', async () => {
  const { store, log } = await logOf(20);
  const known = await log.newest(null);
  expect(known?.number).toBe(20);
  const looks = store.calls.length;
  expect(await log.newest(known)).toBe(known);
  expect(store.calls.length).toBe(looks + 1);
  for (const number of [21, 22, 23]) await log.append(manifestOf(number));
  expect((await log.newest(known))?.number).toBe(23);
});

test('the last manifest is found after the first ones were swept', async () => {
  const { store, log } = await logOf(20);
  for (const number of [1, 2, 3]) await store.delete(manifestKey(number));
  expect((await log.last())?.number).toBe(20);
});

test('a manifest whose answer was lost is recognised when it is appended again', async () => {
  const { store, log } = await logOf(3);
  store.set({ on: 'put', times: 1, fault: { kind: 'failAfterWrite' } });
  await expect(log.append(manifestOf(4))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await log.append(manifestOf(4));
  await log.append(manifestOf(5));
  expect((await log.last())?.number).toBe(5);
});

test("a number that another writer has is FENCED, and the other's manifest stays", async () => {
  const { log } = await logOf(3);
  await expect(log.append(manifestOf(3, 'bb'))).rejects.toMatchObject({ code: 'FENCED' });
  expect((await log.read(3))?.writer).toBe('aa');
});

test('another manifest of the same writer under a number is FENCED', async () => {
  const { log } = await logOf(3);
  await expect(log.append({ ...manifestOf(3), to: '0/FF' })).rejects.toMatchObject({ code: 'FENCED' });
});

test('of two writers that want the next number one gets it and the other is FENCED', async () => {
  const { store } = await logOf(3);
  const answers = await Promise.allSettled(
    ['bb', 'cc', 'dd'].map((writer) => new ManifestLog(store, silentLogger()).append(manifestOf(4, writer))),
  );
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
});

test('a put that failed left nothing and may be repeated', async () => {
  const { store, log } = await logOf(0);
  store.set({ on: 'put', times: 2, fault: { kind: 'reject' } });
  await expect(log.append(manifestOf(1))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await expect(log.append(manifestOf(1))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await log.append(manifestOf(1));
  expect((await log.last())?.number).toBe(1);
});

test('two concurrent appends are a defect', async () => {
  const { log } = await logOf(0);
  const first = log.append(manifestOf(1));
  await expect(log.append(manifestOf(2))).rejects.toMatchObject({ code: 'INTERNAL' });
  await first;
});

test('a stale listing hides no manifest', async () => {
  const { store, log } = await logOf(0);
  store.set({ on: 'list', fault: { kind: 'staleList' } });
  await log.append(manifestOf(1));
  await log.append(manifestOf(2));
  expect((await log.last())?.number).toBe(2);
});

test('a manifest missing below the newest is LAKE_CORRUPT; the next one is waited for', async () => {
  const { store, log } = await logOf(5);
  await log.requireNoHole(6);
  for (const number of [1, 2, 4]) {
    await store.delete(manifestKey(number));
    await expect(log.requireNoHole(number)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  }
  await log.requireNoHole(5);
});

test('the first manifest beyond a point is found, even where others are missing', async () => {
  const { store, log } = await logOf(40);
  const from = (point: number): Promise<number> => log.firstNotBelow(40, ({ number }) => number < point);
  for (const point of [1, 2, 17, 40, 41]) expect(await from(point)).toBe(point);
  for (const number of [1, 10, 20, 21, 22, 30, 39]) await store.delete(manifestKey(number));
  for (const point of [2, 9, 11, 19, 23, 29, 31, 40, 41]) expect(await from(point)).toBe(point);
  // Missing itself: the next one that is there.
  for (const [point, found] of [
    [20, 23],
    [30, 31],
    [39, 40],
  ] as const)
    expect(await from(point)).toBe(found);
});

test('what is not a manifest is named', async () => {
  const { store, log } = await logOf(0);
  await store.put(manifestKey(1), new TextEncoder().encode('{"number":1}'));
  await expect(log.read(1)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
});
