import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { chunkDataKey, dataKey } from './keys.ts';
import { ManifestLog } from './manifest-log.ts';
import type { FileEntry, Manifest } from './manifest.ts';
import { MemoryStore } from './memory-store.ts';
import { putChunk } from './snapshot-log.ts';
import { Sweeper } from './sweep.ts';

const HOUR = 60 * 60 * 1000;

/** A lake whose clock is set by the test. */
function lakeOf(): { at: (hours: number) => void; nowMs: () => number; store: FaultyStore; log: ManifestLog; sweeper: Sweeper } {
  let now = 0;
  const store = new FaultyStore(new MemoryStore(() => new Date(now)));
  const log = new ManifestLog(store, silentLogger());
  const at = (hours: number): void => {
    now = hours * HOUR;
  };
  return { at, nowMs: () => now, store, log, sweeper: new Sweeper(store, log) };
}

function manifestOf(number: number, writer: string, paths: readonly string[]): Manifest {
  const files = paths.map((path): FileEntry => {
    const counts = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
    return { path, table: 'public.t', tableId: '1_1', schema: 'a', checksum: 'crc32:00000000', ...counts };
  });
  return { number, epoch: 1, writer, from: '0/1', to: '0/2', commitTimes: null, heartbeat: false, files, catalog: [] };
}

async function putData(store: MemoryStore | FaultyStore, writer: string, seq: number): Promise<string> {
  const key = dataKey('1_1', writer, seq);
  await store.put(key, new Uint8Array(1));
  return key;
}

test('what a crashed writer left goes after a day, what a manifest names stays', async () => {
  const { at, nowMs, store, log, sweeper } = lakeOf();
  const named = await putData(store, 'aa', 1);
  const left = await putData(store, 'aa', 2);
  await log.append(manifestOf(1, 'aa', [named]));
  at(1);
  const other = await putData(store, 'bb', 1);
  await log.append(manifestOf(2, 'bb', [other]));
  at(23);
  expect(await sweeper.sweep(nowMs())).toEqual([]);
  at(30);
  expect(await sweeper.sweep(nowMs())).toEqual([left]);
  expect((await collect(store.list('data/'))).map((object) => object.key)).toEqual([named, other]);
});

test("a running writer's unpublished parts stay, however old", async () => {
  const { at, nowMs, store, log, sweeper } = lakeOf();
  await putData(store, 'aa', 1);
  await log.append(manifestOf(1, 'aa', []));
  at(100);
  expect(await sweeper.sweep(nowMs())).toEqual([]);
});

test('a writer that stored something within a day is taken for alive, though it has published nothing', async () => {
  const { at, nowMs, store, log, sweeper } = lakeOf();
  await log.append(manifestOf(1, 'aa', []));
  await putData(store, 'bb', 1);
  at(40);
  await putData(store, 'bb', 2);
  at(50);
  expect(await sweeper.sweep(nowMs())).toEqual([]);
  at(70);
  expect(await sweeper.sweep(nowMs())).toHaveLength(2);
});

test('a lake without a manifest is left alone', async () => {
  const { at, nowMs, store, sweeper } = lakeOf();
  await putData(store, 'aa', 1);
  at(100);
  expect(await sweeper.sweep(nowMs())).toEqual([]);
});

test('a file of a copy stays if a chunk record names it, also one of a copy that was not finished', async () => {
  const { at, nowMs, store, log, sweeper } = lakeOf();
  const generation = { tableId: '1_1', generation: 1 };
  const [named, left] = [1, 2].map((seq) => chunkDataKey(generation, 'cc', seq));
  for (const path of [named, left]) await store.put(path ?? '', new Uint8Array(1));
  const chunk = {
    ...generation,
    n: 2,
    path: named ?? '',
    rows: 1,
    bytes: 1,
    checksum: 'crc32:00000000',
    range: { leafOid: 1, from: 0, to: null },
  };
  await putChunk(store, chunk);
  await log.append(manifestOf(1, 'aa', []));
  at(30);
  expect(await sweeper.sweep(nowMs())).toEqual([left]);
  expect(await store.head(named ?? '')).not.toBeNull();
});

test('a second run reads no manifest of writers that were cleared, and no manifest before the oldest leftover', async () => {
  const { at, nowMs, store, log, sweeper } = lakeOf();
  for (let number = 1; number <= 50; number += 1) await log.append(manifestOf(number, 'aa', [await putData(store, 'aa', number)]));
  at(100);
  await putData(store, 'bb', 1);
  await log.append(manifestOf(51, 'cc', []));
  at(130);
  expect(await sweeper.sweep(nowMs())).toHaveLength(1);
  store.calls.length = 0;
  at(131);
  expect(await sweeper.sweep(nowMs())).toEqual([]);
  expect(store.calls.filter(({ operation, key }) => operation === 'get' && key.startsWith('stream/'))).toHaveLength(1);
  store.calls.length = 0;
  await putData(store, 'dd', 1);
  at(160);
  expect(await new Sweeper(store, log).sweep(nowMs())).toHaveLength(1);
});
