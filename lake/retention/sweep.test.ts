import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { chunkDataKey, chunkKey, dataKey, manifestKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { encodeManifest } from '../manifest.ts';
import type { FileEntry, Manifest } from '../manifest.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { putChunk, putDone } from '../snapshot-log.ts';
import { Sweeper } from './sweep.ts';

const HOUR = 60 * 60 * 1000;

interface TestLake {
  /** Sets the store's clock. */
  readonly at: (hours: number) => void;
  readonly store: FaultyStore;
  readonly log: ManifestLog;
  readonly sweeper: Sweeper;
  /** Lets the sweeper have a turn at each of these hours, by all clocks; what it removed. */
  readonly sweepAt: (...hours: number[]) => Promise<string[]>;
  /** The same, with one more manifest of the last writer before each turn. */
  readonly sweepGrowingAt: (...hours: number[]) => Promise<string[]>;
  /** One more manifest of the last writer. */
  readonly grow: () => Promise<void>;
}

function lakeOf(): TestLake {
  let now = 0;
  const store = new FaultyStore(new MemoryStore(() => new Date(now)));
  const log = new ManifestLog(store, silentLogger());
  const sweeper = new Sweeper(store, log);
  const at = (hours: number): void => {
    now = hours * HOUR;
  };
  const sweepAt = async (...hours: number[]): Promise<string[]> => {
    const removed: string[] = [];
    for (const hour of hours) {
      at(hour);
      removed.push(...(await sweeper.sweep(hour * HOUR)).removed);
    }
    return removed;
  };
  const grow = async (): Promise<void> => {
    const last = await log.last();
    await log.append(manifestOf((last?.number ?? 0) + 1, last?.writer ?? 'aa', []));
  };
  const sweepGrowingAt = async (...hours: number[]): Promise<string[]> => {
    const removed: string[] = [];
    for (const hour of hours) {
      await grow();
      removed.push(...(await sweepAt(hour)));
    }
    return removed;
  };
  return { at, store, log, sweeper, sweepAt, sweepGrowingAt, grow };
}

function manifestOf(number: number, writer: string, paths: readonly string[]): Manifest {
  const files = paths.map((path): FileEntry => {
    const counts = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
    return { path, table: 'public.t', tableId: '1_1', schema: 'a', checksum: 'crc32:00000000', ...counts };
  });
  return { number, epoch: 1, writer, from: '0/1', to: '0/2', commitTimes: null, heartbeat: files.length === 0, files, catalog: [] };
}

async function putData(store: FaultyStore, writer: string, seq: number): Promise<string> {
  const key = dataKey('1_1', writer, seq);
  await store.put(key, new Uint8Array(1));
  return key;
}

async function keysBelow(store: FaultyStore, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}

/** A lake where writer aa crashed with `aa-2` unnamed and bb went on; at hour 1. */
async function crashedLake(): Promise<TestLake & { named: string; left: string; other: string }> {
  const lake = lakeOf();
  const named = await putData(lake.store, 'aa', 1);
  const left = await putData(lake.store, 'aa', 2);
  await lake.log.append(manifestOf(1, 'aa', [named]));
  lake.at(1);
  const other = await putData(lake.store, 'bb', 1);
  await lake.log.append(manifestOf(2, 'bb', [other]));
  return { ...lake, named, left, other };
}

test('a plan judges by the time of the newest object, and changes nothing', async () => {
  const { at, store, sweeper, grow } = lakeOf();
  await store.put(dataKey('1_1', 'bb', 1), new Uint8Array(1));
  await grow();
  for (const [hour, objects] of [
    [23, 0],
    [24, 1],
  ] as const) {
    at(hour);
    await grow();
    at(1_000);
    store.calls.length = 0;
    expect((await sweeper.plan())?.listed).toEqual({ objects, bytes: objects });
    expect(store.calls.filter(({ operation }) => !['get', 'head', 'list'].includes(operation))).toEqual([]);
  }
});

test('files that a crashed writer left are deleted after two looks a day apart; named files stay', async () => {
  const { store, sweepGrowingAt, named, left, other } = await crashedLake();
  expect(await sweepGrowingAt(30, 31, 40, 53)).toEqual([]);
  expect(await sweepGrowingAt(55)).toEqual([left]);
  expect(await sweepGrowingAt(56, 80, 110, 140)).toEqual([]);
  expect(await keysBelow(store, 'data/')).toEqual([named, other]);
});

test('a lake that was copied or restored with any file times loses no named object', async () => {
  const { at, store, log, sweepAt } = lakeOf();
  const paths = [1, 2, 3].map((seq) => dataKey('1_1', 'aa', seq));
  // Manifests came first, their files hours later.
  for (const [index, path] of paths.entries()) await log.append(manifestOf(index + 1, 'aa', [path]));
  at(5);
  for (const path of paths) await store.put(path, new Uint8Array(1));
  at(10);
  await log.append(manifestOf(4, 'bb', []));
  expect(await sweepAt(40, 70, 73, 100, 103)).toEqual([]);
  expect(await keysBelow(store, 'data/')).toEqual(paths);
});

test('a step of the clock by a day deletes no file that is about to be named', async () => {
  const { at, store, log, sweeper } = await crashedLake();
  at(2);
  const about = await putData(store, 'cc', 1);
  await sweeper.sweep(0);
  // The machine of the lake is set a day ahead, and again; by the clock that never steps an hour
  // has passed.
  at(30);
  expect((await sweeper.sweep(HOUR / 2)).removed).toEqual([]);
  at(60);
  expect((await sweeper.sweep(HOUR)).removed).toEqual([]);
  await log.append(manifestOf(3, 'cc', [about]));
  expect(await store.head(about)).not.toBeNull();
});

test('a file that is named while the lake is listed stays, even if another writer takes over during the listing', async () => {
  const { at, store, log, sweeper, sweepAt, left, named } = await crashedLake();
  const late = await putData(store, 'bb', 2);
  await sweepAt(30, 31);
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: onHeld } = Promise.withResolvers<void>();
  store.set({ on: 'list', key: /^$/, times: 1, fault: { kind: 'hold', until, onHeld } });
  at(60);
  const sweeping = sweeper.sweep(60 * HOUR);
  await held;
  await log.append(manifestOf(3, 'bb', [late]));
  await log.append(manifestOf(4, 'cc', []));
  release();
  expect((await sweeping).removed).toEqual([left]);
  expect(await sweepAt(90, 120)).toEqual([]);
  expect(await keysBelow(store, 'data/')).toEqual([named, dataKey('1_1', 'bb', 1), late]);
});

test("a running writer's unpublished parts stay, regardless of their age", async () => {
  const { store, log, sweepAt } = lakeOf();
  await putData(store, 'aa', 1);
  await log.append(manifestOf(1, 'aa', []));
  expect(await sweepAt(100, 130, 133, 160, 163)).toEqual([]);
});

test('a writer that stored something within a day is taken for alive, though it has published nothing', async () => {
  const { at, store, log, sweepGrowingAt } = lakeOf();
  await log.append(manifestOf(1, 'aa', []));
  await putData(store, 'bb', 1);
  expect(await sweepGrowingAt(30)).toEqual([]);
  at(40);
  await putData(store, 'bb', 2);
  expect(await sweepGrowingAt(55, 58, 80, 83)).toEqual([]);
  expect(await sweepGrowingAt(110, 113)).toHaveLength(2);
});

test('a lake without a manifest is left alone', async () => {
  const { store, sweepAt } = lakeOf();
  await putData(store, 'aa', 1);
  expect(await sweepAt(100, 130, 133)).toEqual([]);
});

test('a lake that lacks a manifest is not swept, and the missing manifest is named', async () => {
  const { store, log, sweepAt } = await crashedLake();
  await log.append(manifestOf(3, 'bb', []));
  await store.delete(manifestKey(2));
  await expect(sweepAt(60)).rejects.toMatchObject({ code: 'LAKE_CORRUPT', message: expect.stringContaining(manifestKey(2)) as string });
  await log.append(manifestOf(2, 'bb', [dataKey('1_1', 'bb', 1)]));
  await store.delete(manifestKey(1));
  await expect(sweepAt(61)).rejects.toMatchObject({ code: 'LAKE_CORRUPT', message: expect.stringContaining(manifestKey(1)) as string });
  expect(await keysBelow(store, 'data/')).toHaveLength(3);
});

test('the names that an earlier look found count only in the history that it looked at', async () => {
  const { store, log, sweepAt, sweepGrowingAt, left } = await crashedLake();
  await sweepAt(30, 31);
  // The lake was set back, and another history named the file and no longer the others.
  await store.replace(manifestKey(1), encodeManifest(manifestOf(1, 'aa', [left])));
  await store.replace(manifestKey(2), encodeManifest(manifestOf(2, 'cc', [])));
  await log.append(manifestOf(3, 'cc', []));
  const removed = await sweepGrowingAt(60, 63, 90, 93);
  expect(removed.toSorted()).toEqual([dataKey('1_1', 'aa', 1), dataKey('1_1', 'bb', 1)]);
  expect(await keysBelow(store, 'data/')).toEqual([left]);
});

test('the second look may be of another process, which has known the first one for two hours', async () => {
  const { at, store, log, sweepAt, grow, left } = await crashedLake();
  await sweepAt(30);
  const other = new Sweeper(store, log);
  await grow();
  at(60);
  expect((await other.sweep(0)).removed).toEqual([]);
  expect((await other.sweep(1.9 * HOUR)).removed).toEqual([]);
  expect((await other.sweep(2 * HOUR)).removed).toEqual([left]);
});

test('one of two sweepers removes an object that both have seen', async () => {
  const { at, store, log, sweeper, sweepAt, grow, left } = await crashedLake();
  const other = new Sweeper(store, log);
  await sweepAt(30, 31);
  await grow();
  at(60);
  await other.sweep(0);
  const removed = await Promise.all([sweeper.sweep(60 * HOUR), other.sweep(3 * HOUR)]);
  expect(removed.flatMap((one) => one.removed)).toEqual([left]);
});

test('files of a copy stay while it may be continued; then those that no chunk record names go', async () => {
  const { store, log, sweepAt } = lakeOf();
  const generation = { tableId: '1_1', generation: 1 };
  const [named = '', left = ''] = [1, 2].map((seq) => chunkDataKey(generation, 'cc', seq));
  for (const path of [named, left]) await store.put(path, new Uint8Array(1));
  const counts = { rows: 1, bytes: 1, checksum: 'crc32:00000000', range: { leafOid: 1, from: 0, to: null } };
  await putChunk(store, { ...generation, n: 1, path: named, ...counts });
  await log.append(manifestOf(1, 'aa', []));
  expect(await sweepAt(30, 31, 55, 58, 83, 86)).toEqual([]);
  await putDone(store, { ...generation, chunks: 1, rows: 1 });
  expect(await sweepAt(110, 113)).toEqual([]);
  expect(await sweepAt(138)).toEqual([left]);
  expect(await store.head(named)).not.toBeNull();
});

test('files of a copy that broke off go once a later copy is finished', async () => {
  const { store, log, sweepAt } = lakeOf();
  const left = chunkDataKey({ tableId: '1_1', generation: 1 }, 'cc', 1);
  await store.put(left, new Uint8Array(1));
  await log.append(manifestOf(1, 'aa', []));
  expect(await sweepAt(30, 55, 83)).toEqual([]);
  await putDone(store, { tableId: '1_1', generation: 2, chunks: 0, rows: 0 });
  expect(await sweepAt(110, 113, 114, 140)).toEqual([left]);
});

test('a file stays while no manifest was put since it was found unnamed, since its frozen writer may still name it', async () => {
  const { store, log, sweepAt, grow } = lakeOf();
  await log.append(manifestOf(1, 'aa', []));
  const about = await putData(store, 'bb', 1);
  expect(await sweepAt(30, 31, 55, 56, 80, 81, 105)).toEqual([]);
  // The writer wakes after days.
  await log.append(manifestOf(2, 'bb', [about]));
  const left = await putData(store, 'cc', 1);
  expect(await sweepAt(130, 131, 155, 156, 180, 181)).toEqual([]);
  // Its number is taken, so it is fenced.
  await grow();
  expect(await sweepAt(205)).toEqual([left]);
  expect(await store.head(about)).not.toBeNull();
});

test('a later look reads the manifests that are new, and no chunk record of a copy that has one for each file', async () => {
  const { store, log, sweepAt } = lakeOf();
  for (let number = 1; number <= 50; number += 1) await log.append(manifestOf(number, 'aa', [await putData(store, 'aa', number)]));
  const generation = { tableId: '1_1', generation: 1 };
  const path = chunkDataKey(generation, 'cc', 1);
  await store.put(path, new Uint8Array(1));
  await putChunk(store, {
    ...generation,
    n: 1,
    path,
    rows: 1,
    bytes: 1,
    checksum: 'crc32:00000000',
    range: { leafOid: 1, from: 0, to: null },
  });
  await sweepAt(30, 31);
  await log.append(manifestOf(51, 'aa', []));
  store.calls.length = 0;
  expect(await sweepAt(60)).toEqual([]);
  const read = store.calls.filter(({ operation }) => operation === 'get').map(({ key }) => key);
  expect(read).toContain(manifestKey(51));
  expect(read.filter((key) => key < manifestKey(50) && key.startsWith('stream/'))).toEqual([]);
  expect(read).not.toContain(chunkKey(generation, 1));
});
