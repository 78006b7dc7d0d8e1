import { expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { DyingStore } from '../../test/support/retention/dying-store.ts';
import { chunkDataKey, planKey } from '../keys.ts';
import { putChunk, putDone, putPlan } from '../snapshot-log.ts';
import { putPosition } from '../readers.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sweepCopies } from './broken-copies.ts';

const DAY = 86_400_000;
const TABLE = 'public.t';

function lakeOf(): {
  store: MemoryStore;
  pass: (days: number) => void;
  copy: (generation: number, done: boolean) => Promise<void>;
  sweep: (through?: ObjectStore) => Promise<number>;
  left: (generation: number) => Promise<number>;
} {
  let nowMs = 100 * DAY;
  const store = new MemoryStore(() => new Date(nowMs));
  return {
    store,
    pass: (days) => void (nowMs += days * DAY),
    async copy(generation, done) {
      const of = { tableId: '1_1', generation };
      const rest = { schema: 'a', consistentPoint: '0/1', epoch: 1, filenodes: [], ranges: [], reason: 'first copy', estimatedRows: 1 };
      await putPlan(store, { ...of, ...rest, table: TABLE, createdAt: '2026-01-01T00:00:00.000Z' });
      for (const n of [1, 2]) {
        const path = chunkDataKey(of, 'aa', n);
        await store.put(path, new Uint8Array(1));
        const range = { leafOid: 1, from: n - 1, to: n };
        await putChunk(store, { ...of, n, path, rows: 1, bytes: 1, checksum: 'crc32:00000000', range });
      }
      if (done) await putDone(store, { ...of, chunks: 2, rows: 2 });
    },
    sweep: (through: ObjectStore = store) => sweepCopies(through, nowMs),
    left: async (generation) => (await collect(store.list(`snapshot/1_1/${generation}/`))).length,
  };
}

test('a copy that was broken off goes seven days after a later one was finished', async () => {
  const { copy, pass, sweep, left } = lakeOf();
  await copy(1, false);
  await copy(2, false);
  pass(30);
  expect(await sweep()).toBe(0);
  await copy(3, true);
  pass(6.9);
  expect(await sweep()).toBe(0);
  pass(0.2);
  expect(await sweep()).toBe(2);
  expect([await left(1), await left(2), await left(3)]).toEqual([0, 0, 6]);
});

test('a finished copy, the newest one, and one that somebody still writes stay', async () => {
  const { copy, pass, sweep, left, store } = lakeOf();
  await copy(1, true);
  await copy(2, false);
  pass(1);
  await copy(3, true);
  await copy(4, false);
  pass(30);
  await store.put(chunkDataKey({ tableId: '1_1', generation: 2 }, 'bb', 1), new Uint8Array(1));
  expect(await sweep()).toBe(0);
  expect([await left(1), await left(2), await left(3), await left(4)]).toEqual([6, 6, 6, 5]);
});

test('a copy that a warehouse has stays', async () => {
  const { copy, pass, sweep, left, store } = lakeOf();
  await copy(1, false);
  await copy(2, true);
  pass(30);
  const of = { appliedLsn: '0/0', asOf: null, appendOnly: false, error: null };
  const table = { table: TABLE, tableId: '1_1', generation: 1, state: 'copying' as const, ...of };
  await putPosition(store, {
    warehouseId: 'w',
    manifest: 0,
    appliedLsn: '0/0',
    asOf: null,
    at: '2026-01-01T00:00:00.000Z',
    tables: [table],
    batches: [],
    windows: [],
  });
  expect([await sweep(), await left(1)]).toEqual([0, 5]);
});

test('a sweeper that dies at any step leaves a copy that the next one finds', async () => {
  for (let deletes = 0; deletes < 5; deletes += 1) {
    const { copy, pass, sweep, left, store } = lakeOf();
    await copy(1, false);
    await copy(2, true);
    pass(30);
    await sweep(new DyingStore(store, deletes)).catch(() => undefined);
    expect(await store.head(planKey({ tableId: '1_1', generation: 1 }))).not.toBeNull();
    await sweep();
    expect(await left(1)).toBe(0);
  }
});
