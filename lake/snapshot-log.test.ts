import { expect, test } from 'vitest';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { chunkDataKey } from './keys.ts';
import { MemoryStore } from './memory-store.ts';
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

test('looking again reads only what is new', async () => {
  const store = new FaultyStore(new MemoryStore());
  const log = new SnapshotLog(store);
  await putPlan(store, planOf('1_1', 1));
  await putChunk(store, chunkOf('1_1', 1, 1));
  await log.generations();
  await putChunk(store, chunkOf('1_1', 1, 2));
  store.calls.length = 0;
  await log.generations();
  expect(store.calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual(['list snapshot/', 'get snapshot/1_1/1/000002.json']);
});

test('a step that is repeated is no error, another process with the same number is FENCED', async () => {
  const store = new MemoryStore();
  await putPlan(store, planOf('1_1', 1));
  await putPlan(store, planOf('1_1', 1));
  await expect(putPlan(store, { ...planOf('1_1', 1), consistentPoint: '0/11' })).rejects.toMatchObject({ code: 'FENCED' });
});
