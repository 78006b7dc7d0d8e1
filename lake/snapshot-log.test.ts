import { expect, test } from 'vitest';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { chunkDataKey } from './keys.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { SnapshotLog, listGenerations, putChunk, putDone, putPlan } from './snapshot-log.ts';
import type { SnapshotChunk, SnapshotPlan } from './snapshot-log.ts';

function planOf(tableId: string, generation: number): SnapshotPlan {
  return {
    tableId,
    generation,
    table: 'public.t',
    schema: 'abc',
    consistentPoint: '0/10',
    epoch: 1,
    filenodes: [{ oid: 1, filenode: '1' }],
    ranges: [{ leafOid: 1, from: 0, to: null }],
    reason: 'first copy',
    estimatedRows: 10,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

function chunkOf(tableId: string, generation: number, n: number): SnapshotChunk {
  const path = chunkDataKey({ tableId, generation }, 'ab', n);
  return { tableId, generation, n, path, rows: 5, bytes: 100, checksum: 'crc32:00000000', range: { leafOid: 1, from: 0, to: null } };
}

test('copies are shown by table and generation with what they have', async () => {
  const store = new MemoryStore();
  await putPlan(store, planOf('2_1', 10));
  await putPlan(store, planOf('2_1', 9));
  await putPlan(store, planOf('1_1', 1));
  await store.put(chunkOf('1_1', 1, 1).path, new Uint8Array(1));
  await putChunk(store, chunkOf('1_1', 1, 1));
  await putDone(store, { tableId: '1_1', generation: 1, chunks: 1, rows: 5 });
  const shown = (await listGenerations(store)).map(({ tableId, generation, chunks, done }) => [
    tableId,
    generation,
    chunks.length,
    done?.rows ?? null,
  ]);
  expect(shown).toEqual([
    ['1_1', 1, 1, 5],
    ['2_1', 9, 0, null],
    ['2_1', 10, 0, null],
  ]);
});

test('chunks of a copy that is not done are shown up to the first gap', async () => {
  const store = new MemoryStore();
  await putPlan(store, planOf('1_1', 1));
  await putChunk(store, chunkOf('1_1', 1, 1));
  await putChunk(store, chunkOf('1_1', 1, 3));
  expect((await listGenerations(store))[0]?.chunks.map(({ n }) => n)).toEqual([1]);
  await putChunk(store, chunkOf('1_1', 1, 2));
  expect((await listGenerations(store))[0]?.chunks.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test('a look reads nothing but a listing, and each record that is asked for once', async () => {
  const store = new FaultyStore(new MemoryStore());
  const log = new SnapshotLog(store);
  await putPlan(store, planOf('1_1', 1));
  for (const n of [1, 2, 3]) await putChunk(store, chunkOf('1_1', 1, n));
  await putDone(store, { tableId: '1_1', generation: 1, chunks: 3, rows: 15 });
  store.calls.length = 0;
  const [copy] = await log.listed();
  expect(copy).toEqual({ tableId: '1_1', generation: 1, lastChunk: 3, done: true });
  expect(store.calls).toEqual([{ operation: 'list', key: 'snapshot/' }]);
  for (const _look of [1, 2]) expect(await log.plan({ tableId: '1_1', generation: 1 })).toMatchObject({ reason: 'first copy' });
  for (const _look of [1, 2]) expect(await log.done({ tableId: '1_1', generation: 1 })).toMatchObject({ rows: 15 });
  expect(store.calls.slice(1).map(({ key }) => key)).toEqual(['snapshot/1_1/1/plan.json', 'snapshot/1_1/1/done.json']);
});

test('a copy of very many chunks costs one look and hides no other copy, and its progress takes a few requests', async () => {
  const memory = new MemoryStore();
  for (const tableId of ['1_1', '2_1', '3_1']) await putPlan(memory, planOf(tableId, 1));
  await Promise.all(Array.from({ length: 2_500 }, (_, index) => putChunk(memory, chunkOf('2_1', 1, index + 1))));
  await putDone(memory, { tableId: '3_1', generation: 1, chunks: 0, rows: 0 });
  const store = new FaultyStore(memory);
  const log = new SnapshotLog(store);
  expect(await log.listed()).toEqual([
    { tableId: '1_1', generation: 1, lastChunk: 0, done: false },
    { tableId: '2_1', generation: 1, lastChunk: null, done: false },
    { tableId: '3_1', generation: 1, lastChunk: 0, done: true },
  ]);
  expect(store.calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
    'list snapshot/',
    'list snapshot/',
    'head snapshot/2_1/1/done.json',
  ]);
  store.calls.length = 0;
  expect((await log.progress()).map(({ chunks }) => chunks)).toEqual([0, 2_500, 0]);
  expect(store.calls.filter(({ operation }) => operation === 'head').length).toBeLessThan(36);
  await putDone(memory, { tableId: '2_1', generation: 1, chunks: 2_500, rows: 12_500 });
  expect((await log.listed())[1]).toMatchObject({ done: true });
});

test('a step that is repeated is no error, another process with the same number is FENCED', async () => {
  const store = new MemoryStore();
  await putPlan(store, planOf('1_1', 1));
  await putPlan(store, planOf('1_1', 1));
  await expect(putPlan(store, { ...planOf('1_1', 1), consistentPoint: '0/11' })).rejects.toMatchObject({ code: 'FENCED' });
});
