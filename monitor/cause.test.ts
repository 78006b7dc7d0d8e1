import { expect, test } from 'vitest';
import { causeOf } from './cause.ts';
import type { WayFacts } from './cause.ts';

const slot = { walStatus: 'reserved', retainedBytes: 0, safeWalBytes: null, active: true };
const well: WayFacts = {
  source: { slot, sender: { unsentBytes: 0, silentSeconds: 2 } },
  slotName: 'tailrace_1',
  lakeRefuses: null,
  lakeSeconds: 4,
  warehouseSeconds: 5,
  batchesWaiting: 1,
  compactorSeconds: 1,
  compactorTrouble: null,
  expectedSeconds: 25,
};

test.each<[string, Partial<WayFacts>, string | null, RegExp | null]>([
  ['all is well', {}, null, null],
  ['the source is gone', { source: null, lakeSeconds: 500 }, 'source', /does not answer/],
  ['there is no slot', { source: { slot: null, sender: null } }, 'source', /no slot tailrace_1/],
  ['the slot is lost', { source: { slot: { ...slot, walStatus: 'lost' }, sender: null } }, 'source', /invalidated/],
  [
    'no replicator runs',
    { source: { slot: { ...slot, active: false }, sender: null }, lakeSeconds: 60, warehouseSeconds: 61 },
    'replicator',
    /no replicator is connected/,
  ],
  ['a replicator has just gone', { source: { slot: { ...slot, active: false }, sender: null } }, null, null],
  [
    'the walsender is behind',
    { source: { slot, sender: { unsentBytes: 2 ** 30, silentSeconds: 1 } }, lakeSeconds: 60 },
    'source',
    /still has 1024 MiB of WAL/,
  ],
  ['the replicator hangs', { source: { slot, sender: { unsentBytes: 0, silentSeconds: 50 } }, lakeSeconds: 60 }, 'replicator', /for 50 s/],
  ['the store refuses', { lakeSeconds: 60, warehouseSeconds: 61 }, 'lake', /nothing has been stored for 60 s/],
  [
    'the store refuses, and the replicator has left',
    { lakeRefuses: 'LAKE_UNAVAILABLE: no', source: { slot: { ...slot, active: false }, sender: null }, lakeSeconds: 60 },
    'lake',
    /rejects writes: LAKE_UNAVAILABLE: no/,
  ],
  ['the compactor is busy', { warehouseSeconds: 90, batchesWaiting: 40 }, 'compactor', /40 batches are waiting to be applied/],
  [
    'the compactor is gone',
    { warehouseSeconds: 90, batchesWaiting: 40, compactorSeconds: 86 },
    'compactor',
    /no compactor has reported for 86 s/,
  ],
  [
    'the compactor says what is wrong, before anything is late',
    { compactorTrouble: 'no replica of shard 2 answers' },
    'compactor',
    /^1 batch is waiting: no replica of shard 2 answers$/,
  ],
  ['the compactor said so and nothing waits', { compactorTrouble: 'no replica of shard 2 answers', batchesWaiting: 0 }, null, null],
  [
    'a compactor that said so is gone',
    { warehouseSeconds: 90, batchesWaiting: 40, compactorSeconds: 86, compactorTrouble: 'no replica of shard 2 answers' },
    'compactor',
    /no compactor has reported for 86 s/,
  ],
  [
    'no compactor ever ran',
    { warehouseSeconds: null, batchesWaiting: 4, compactorSeconds: null },
    'compactor',
    /no compactor has ever reported/,
  ],
])('the stage that causes it is named when %s', (_what, facts, stage, reason) => {
  const cause = causeOf({ ...well, ...facts });
  expect(cause?.stage ?? null).toBe(stage);
  expect(cause?.reason ?? '').toMatch(reason ?? /^$/);
});
