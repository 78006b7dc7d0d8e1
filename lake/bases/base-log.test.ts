import { expect, test } from 'vitest';
import type { TailraceError } from '../../core/errors.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { baseChunkKey, baseDataKey, basePrefix, baseRecordKey, parseBaseKey, parseDataKey } from '../keys.ts';
import { BaseLog, putBaseChunk, putBaseDone, putBasePlan, putBaseProof, readBaseChunk } from './base-log.ts';
import type { BasePlan } from './base-log.ts';

const PLAN: BasePlan = {
  tableId: '7_1',
  n: 1,
  table: 'public.t',
  schema: 'a',
  identity: 'key',
  epoch: 1,
  generation: 1,
  manifest: 5,
  consistentPoint: '0/10',
  from: null,
  writtenBy: 'w',
  program: '0.1.0',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const CHUNK = {
  tableId: '7_1',
  n: 1,
  chunk: 1,
  path: baseDataKey({ tableId: '7_1', n: 1 }, 'ab', 1),
  rows: 2,
  bytes: 10,
  checksum: 'crc32:00000000',
  minKey: ['1'],
  maxKey: ['2'],
  contentHash: '18446744073709551615',
};
const DONE = { tableId: '7_1', n: 1, chunks: 1, rows: 2, bytes: 10, contentHash: '18446744073709551615' };

test('a base counts once it is done, and its judgement is read when it is there', async () => {
  const store = new MemoryStore();
  const log = new BaseLog(store);
  await putBasePlan(store, PLAN);
  await putBaseChunk(store, CHUNK);
  expect(await log.whole()).toEqual([]);
  expect(await log.listed()).toEqual([{ tableId: '7_1', n: 1, done: false, proof: false }]);
  await putBaseDone(store, DONE);
  expect(await log.whole()).toEqual([{ plan: PLAN, done: DONE, proof: null }]);
  const proof = { tableId: '7_1', n: 1, by: 'rebuild' as const, equal: true, at: '2026-01-02T00:00:00.000Z' };
  await putBaseProof(store, proof);
  expect(await log.whole('7_1')).toEqual([{ plan: PLAN, done: DONE, proof }]);
  expect(await log.whole('8_1')).toEqual([]);
  expect(await readBaseChunk(store, PLAN, 1)).toEqual(CHUNK);
  expect(await readBaseChunk(store, PLAN, 2)).toBeNull();
});

test('a number that another warehouse has begun is refused', async () => {
  const store = new MemoryStore();
  await putBasePlan(store, PLAN);
  await expect(putBasePlan(store, { ...PLAN, writtenBy: 'other' })).rejects.toMatchObject({
    code: 'FENCED',
  } satisfies Partial<TailraceError>);
  await expect(putBasePlan(store, PLAN)).resolves.toBeUndefined();
});

test('keys of a base are parsed as they are made', () => {
  const of = { tableId: '7_1', n: 12 };
  expect(parseBaseKey(baseRecordKey(of, 'proof'))).toEqual({ ...of, kind: 'proof' });
  expect(parseBaseKey(baseChunkKey(of, 3))).toEqual({ ...of, kind: 'chunk', chunk: 3 });
  expect(parseBaseKey(baseDataKey(of, 'ab', 3))).toEqual({ ...of, kind: 'data' });
  expect(parseBaseKey(`${basePrefix(of)}else.txt`)).toBeNull();
  expect(parseDataKey(baseDataKey(of, 'ab', 3))).toEqual({ writer: 'ab', seq: 3 });
});
