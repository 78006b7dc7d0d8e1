import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { CLICKHOUSE, clickhouseCodeOf, engineError } from '../clickhouse-code.ts';
import type { Engine } from '../engine.ts';
import { onShards, shardsOf } from './shards.ts';

const one = { traits: { ownsDirectory: false, readsLocalFiles: false, diesAlone: false } } as unknown as Engine;
const three: Engine = { ...one, shards: [one, { ...one }, { ...one }] };

test('one machine is its only shard, and its failures are as they were', async () => {
  expect(shardsOf(one)).toEqual([one]);
  const failure = new TailraceError('WAREHOUSE_UNAVAILABLE', 'node does not answer');
  await expect(onShards(one, () => Promise.reject(failure))).rejects.toBe(failure);
});

test('a failure names its shard, and comes when all have ended', async () => {
  const ended: number[] = [];
  const slow = Promise.withResolvers<void>();
  const all = onShards(three, async (_shard, { shard }) => {
    if (shard === 1) throw engineError(CLICKHOUSE.memoryLimit, 'Code: 241. DB::Exception: too much');
    await slow.promise;
    ended.push(shard);
  });
  slow.resolve();
  const failure: unknown = await all.catch((error: unknown) => error);
  expect(String(failure)).toContain('WAREHOUSE_QUERY: shard 2 of 3: Code: 241. DB::Exception: too much.');
  expect(clickhouseCodeOf(failure)).toBe(CLICKHOUSE.memoryLimit);
  expect(ended).toEqual([0, 2]);
});
