import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { GRACE_MS, heartbeat, pagedLake, unpagedLake } from '../../test/support/pages/paged-lake.ts';
import { manifestKey, pageKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

test('a log reads every number and finds the last one, whether pages have them or not', async () => {
  for (const count of [1, 2, 3, 4, 6, 8, 20]) {
    const { another } = await pagedLake(count);
    const { log } = another();
    expect((await log.last())?.number).toBe(count);
    for (const known of [1, Math.ceil(count / 2), count]) expect((await another().log.last(known))?.number).toBe(count);
    expect((await another().log.newest(null))?.number).toBe(count);
    expect((await another().log.lastOf({ epoch: 1, consistentPoint: '0/1' }))?.number).toBe(count);
    for (let number = 1; number <= count; number += 1) {
      expect((await log.read(number))?.number).toBe(number);
      await log.requireNoHole(number);
      expect(await log.firstNotBelow(count, (one) => one.number < number)).toBe(number);
    }
    expect(await log.read(count + 1)).toBeNull();
    expect(await log.read(0)).toBeNull();
    await log.requireNoHole(count + 1);
  }
});

test('a log goes on behind pages, and its chain with it', async () => {
  const { append, another, keeper, pass } = await pagedLake(6);
  await append(4);
  expect((await another().log.last())?.number).toBe(10);
  await keeper.turn();
  pass(GRACE_MS);
  await keeper.turn();
  expect((await another().log.read(9))?.previous).toBe((await another().log.read(8))?.hash);
});

test('a writer that wakes after the single manifests went is FENCED, and what it put is no manifest', async () => {
  const { store, another, singles, keeper, pass } = await pagedLake(7);
  const zombie = another().log;
  await expect(zombie.append(heartbeat(5, { writer: 'bb' }))).rejects.toMatchObject({ code: 'FENCED' });
  await expect(zombie.append(heartbeat(5, { writer: 'bb' }))).rejects.toMatchObject({ code: 'FENCED' });
  expect(await singles()).toEqual([5, 7]);
  const { log } = another();
  expect((await log.read(5))?.writer).toBe('aa');
  expect((await log.last())?.number).toBe(7);
  expect((await log.newest(null))?.number).toBe(7);
  expect(await log.firstNotBelow(7, ({ writer }) => writer === 'aa')).toBe(8);
  pass(HOUR);
  await keeper.turn();
  expect(await singles()).toEqual([7]);
  expect(store.calls.filter(({ operation, key }) => operation === 'put' && key === pageKey(1))).toEqual([]);
});

test('a writer whose manifest is in a page by now recognises it', async () => {
  const { log, keeper, pass, store } = await unpagedLake(0);
  for (const number of [1, 2]) await log.append(heartbeat(number));
  store.set({ on: 'put', times: 1, fault: { kind: 'failAfterWrite' } });
  await expect(log.append(heartbeat(3))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await keeper.turn();
  pass(GRACE_MS);
  await keeper.turn();
  await log.append(heartbeat(3));
});

test('a reader whose read was held up while the manifest went into a page believes the page', async () => {
  for (const held of [0, 1, SECOND, HOUR]) {
    const lake = await unpagedLake(7);
    const { log } = lake.another();
    await log.read(7); // it knows that there is no page
    lake.pass(held);
    const arrived = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    lake.store.set({ on: 'get', key: /stream/, times: 1, fault: { kind: 'hold', until: goOn.promise, onHeld: arrived.resolve } });
    const read = log.read(5);
    await arrived.promise;
    await lake.keeper.turn();
    lake.pass(GRACE_MS);
    await lake.keeper.turn();
    await lake.store.put(manifestKey(5), new TextEncoder().encode('a phantom'));
    goOn.resolve();
    expect((await read)?.writer).toBe('aa');
  }
});

test('a reader that knows of no page looks again after three seconds, by the clock that says more', async () => {
  for (const steps of [
    { wall: 4 * SECOND, elapsed: 0 },
    { wall: 0, elapsed: 4 * SECOND },
    { wall: -HOUR, elapsed: 0 },
  ]) {
    let [wall, elapsed] = [0, 0];
    const { store } = await unpagedLake(7);
    store.calls.length = 0;
    const log = new ManifestLog(store, silentLogger(), null, { time: { wall: () => wall, elapsed: () => elapsed }, pageSize: 3 });
    const looks = (): number => store.calls.filter(({ key }) => key.startsWith('page/')).length;
    for (const number of [1, 2, 3]) await log.read(number);
    await Promise.all([4, 5, 6].map((number) => log.read(number)));
    expect(looks()).toBe(1);
    wall += steps.wall;
    elapsed += steps.elapsed;
    await Promise.all([4, 5, 6].map((number) => log.read(number)));
    expect(looks()).toBe(2);
  }
});

test('in the steady state, a reader looks for pages every few seconds, and a writer at each manifest', async () => {
  const { append, store, log, pass } = await unpagedLake(7);
  const looks = (): number => store.calls.splice(0).filter(({ key }) => key.startsWith('page/')).length;
  looks();
  let known = await log.newest(null);
  for (let poll = 0; poll < 20; poll += 1) {
    pass(SECOND / 2);
    known = await log.newest(known);
  }
  expect(looks()).toBeLessThanOrEqual(4);
  for (let n = 0; n < 5; n += 1) {
    pass(SECOND / 2);
    await append(1);
  }
  expect(looks()).toBeLessThanOrEqual(5 + 1);
});

test('a page that is damaged or missing is LAKE_CORRUPT that names it, and keeps its single manifests', async () => {
  const damages: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1),
    (bytes) => bytes.subarray(0, bytes.length / 2),
    () => new Uint8Array(),
    () => new TextEncoder().encode('no page'),
    () => zstdCompressSync(Buffer.from('one line\n')),
    (bytes) => zstdCompressSync(zstdDecompressSync(bytes).toString().replace('"number":5', '"number":6')),
  ];
  for (const damage of damages) {
    const { another, pass, singles, keeper, store } = await unpagedLake(7);
    await keeper.turn();
    await store.replace(pageKey(1), damage((await store.get(pageKey(1))) ?? new Uint8Array()));
    pass(GRACE_MS);
    await expect(keeper.turn()).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
    expect(await singles()).toEqual([4, 5, 6, 7]);
    await expect(another().log.read(5)).rejects.toMatchObject({
      code: 'LAKE_CORRUPT',
      message: expect.stringContaining(pageKey(1)) as string,
    });
    expect((await another().log.last())?.number).toBe(7);
    expect(await another().log.firstNotBelow(7, ({ number }) => number < 3)).toBe(3);
  }
  const { another, store } = await pagedLake(10);
  await store.delete(pageKey(1));
  await expect(another().log.requireNoHole(5)).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining(pageKey(1)) as string,
  });
});

test('a damaged page is read again a few seconds later', async () => {
  const { another, store, pass } = await pagedLake(7);
  const bytes = (await store.get(pageKey(1))) ?? new Uint8Array();
  await store.replace(pageKey(1), new Uint8Array());
  const { log } = another();
  for (const number of [4, 5, 6]) await expect(log.read(number)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  expect(store.calls.filter(({ operation, key }) => operation === 'get' && key === pageKey(1))).toHaveLength(2);
  await store.replace(pageKey(1), bytes);
  pass(4 * SECOND);
  expect((await log.read(5))?.number).toBe(5);
});

test('a manifest that a page calls lost is a hole, and the one beyond it is found', async () => {
  const { append, another, keeper, store, pass } = await unpagedLake(8);
  await store.delete(manifestKey(5));
  await append(1, 2);
  await keeper.turn();
  pass(GRACE_MS);
  await keeper.turn();
  const { log } = another();
  expect(await log.read(5)).toBeNull();
  await expect(log.requireNoHole(5)).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining(manifestKey(5)) as string,
  });
  await store.put(manifestKey(5), new TextEncoder().encode('{}'));
  expect(await another().log.read(5)).toBeNull();
});
