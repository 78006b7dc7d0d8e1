import { zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import type { FaultyStore } from '../../test/support/faulty-store.ts';
import { GRACE_MS, pagedLake, unpagedLake } from '../../test/support/pages/paged-lake.ts';
import { manifestKey, pageKey } from '../keys.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

test('whole pages are made at once, and their single manifests go a grace later', async () => {
  const { keeper, pass, singles, store } = await unpagedLake(8);
  expect(await keeper.turn()).toEqual({ pagesMade: 2, manifestsRemoved: 0 });
  pass(GRACE_MS - 1);
  expect(await keeper.turn()).toEqual({ pagesMade: 0, manifestsRemoved: 0 });
  expect(await singles()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  pass(1);
  expect(await keeper.turn()).toEqual({ pagesMade: 0, manifestsRemoved: 6 });
  expect(await singles()).toEqual([7, 8]);
  expect((await collect(store.list('page/'))).map(({ key }) => key)).toEqual([pageKey(0), pageKey(1)]);
});

test('a page has the stored bytes of its manifests, a line each', async () => {
  const { keeper, store } = await unpagedLake(3);
  const bytes = await Promise.all([1, 2, 3].map((number) => store.get(manifestKey(number))));
  await keeper.turn();
  const text = zstdDecompressSync((await store.get(pageKey(0))) ?? new Uint8Array()).toString();
  expect(text).toBe(bytes.map((one) => `${Buffer.from(one ?? []).toString()}\n`).join(''));
});

test('a page from another process is as good as an own one', async () => {
  const { another, pass, singles, store } = await unpagedLake(7);
  const [one, other] = [another().keeper, another().keeper];
  expect((await Promise.all([one.turn(), other.turn()])).map(({ pagesMade }) => pagesMade)).toEqual([2, 2]);
  expect(await collect(store.list('page/'))).toHaveLength(2);
  pass(GRACE_MS);
  await Promise.all([one.turn(), other.turn()]);
  expect(await singles()).toEqual([7]);
});

test('a process that has just started removes nothing, regardless of what the clock of the store says', async () => {
  const { another, pass, singles, keeper } = await unpagedLake(6);
  await keeper.turn();
  pass(10 * GRACE_MS);
  const late = another().keeper;
  await late.turn();
  expect(await singles()).toHaveLength(6);
  pass(2 * HOUR);
  await late.turn();
  expect(await singles()).toEqual([]);
});

test('a keeper that died in the middle of a removal leaves the rest to the next one', async () => {
  const { another, pass, singles, keeper, store } = await unpagedLake(7);
  await keeper.turn();
  pass(GRACE_MS);
  const calm = store.set({ on: 'delete', key: /[25]\.json/, fault: { kind: 'reject' } });
  await expect(keeper.turn()).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  calm();
  const next = another().keeper;
  await next.turn();
  pass(2 * HOUR);
  await next.turn();
  expect(await singles()).toEqual([7]);
});

test('no page is made over a manifest that is missing or of another history, until a newer epoch began behind it', async () => {
  for (const damage of [
    (store: FaultyStore) => store.delete(manifestKey(5)),
    (store: FaultyStore) => store.delete(manifestKey(6)),
    (store: FaultyStore) => store.replace(manifestKey(5), new TextEncoder().encode('{}\n')),
    async (store: FaultyStore) => {
      const bytes = Buffer.from((await store.get(manifestKey(5))) ?? []).toString();
      await store.replace(manifestKey(5), new TextEncoder().encode(bytes.replace('"aa"', '"bb"')));
    },
  ]) {
    const { append, another, pass, singles, keeper, store } = await unpagedLake(8);
    await damage(store);
    await expect(keeper.turn()).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
    await expect(
      another()
        .log.requireNoHole(5)
        .then(() => keeper.turn()),
    ).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
    expect(await store.head(pageKey(0))).not.toBeNull();
    await append(2, 2);
    await keeper.turn();
    pass(GRACE_MS);
    await keeper.turn();
    expect(await singles()).toEqual([10]);
    const { log } = another();
    expect((await log.last())?.number).toBe(10);
    expect((await log.lastOf({ epoch: 2, consistentPoint: '0/9' }))?.number).toBe(10);
    expect(await log.firstNotBelow(10, ({ epoch }) => epoch < 2)).toBe(9);
  }
});

test('a keeper that finds nothing to do makes two requests', async () => {
  const { store, keeper, pass } = await pagedLake(7);
  for (let minute = 0; minute < 50; minute += 1) {
    pass(60 * SECOND);
    await keeper.turn();
  }
  expect(store.calls.length).toBeLessThanOrEqual(102);
  expect(store.calls.every(({ operation }) => operation === 'head')).toBe(true);
});
