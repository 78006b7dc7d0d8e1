import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { getPosition, getPositions, leaseHeld, newestExpiry, putExpired, putPosition, takeLease } from './readers.ts';
import type { Position } from './readers.ts';

function positionOf(warehouseId: string, manifest: number, at: string): Position {
  return { warehouseId, manifest, appliedLsn: '0/1', asOf: null, at, tables: [], batches: [], windows: [] };
}

test('a position is what was written last, one per warehouse', async () => {
  const store = new MemoryStore();
  expect(await getPosition(store, 'w1')).toBeNull();
  await putPosition(store, positionOf('w1', 1, '2026-01-01T00:00:00Z'));
  await putPosition(store, positionOf('w1', 2, '2026-01-02T00:00:00Z'));
  await putPosition(store, positionOf('w2', 9, '2026-01-03T00:00:00Z'));
  expect((await getPosition(store, 'w1'))?.manifest).toBe(2);
  expect((await getPositions(store)).map(({ warehouseId }) => warehouseId)).toEqual(['w2', 'w1']);
});

test('the moments of a batch are five numbers in position.json', async () => {
  const store = new MemoryStore();
  const passed = { committedMs: 1, receivedMs: 2, durableMs: 3, begunMs: 4, queryableMs: 5 };
  const written = { ...positionOf('w1', 1, '2026-01-01T00:00:00Z'), batches: [passed] };
  await putPosition(store, written);
  expect(await getPosition(store, 'w1')).toEqual(written);
  const bytes = await store.get('readers/w1/position.json');
  expect(JSON.parse(new TextDecoder().decode(bytes ?? undefined))).toMatchObject({ batches: [[1, 2, 3, 4, 5]] });
});

test('a warehouse without news is expired once per number, and finds the last one', async () => {
  const store = new MemoryStore();
  expect(await newestExpiry(store, 'w1', 0)).toBe(0);
  expect([await putExpired(store, 'w1', 1), await putExpired(store, 'w1', 1), await putExpired(store, 'w1', 2)]).toEqual([
    true,
    false,
    true,
  ]);
  expect([await newestExpiry(store, 'w1', 0), await newestExpiry(store, 'w1', 2), await newestExpiry(store, 'w2', 0)]).toEqual([2, 2, 0]);
  expect(await getPositions(store)).toEqual([]);
});

test('the later taker of a lease has it, and the earlier one learns so', async () => {
  const store = new MemoryStore();
  const first = await takeLease(store, 'w', 'me');
  expect([first, await leaseHeld(store, 'w', first)]).toEqual([1, true]);
  const second = await takeLease(store, 'w', 'me');
  expect([second, await leaseHeld(store, 'w', first), await leaseHeld(store, 'w', second)]).toEqual([2, false, true]);
});

test('of many that take the lease at once each gets a number of its own and the last holds it', async () => {
  const store = new MemoryStore();
  const taken = await Promise.all(Array.from({ length: 12 }, () => takeLease(store, 'w', 'me')));
  expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  const held = await Promise.all(taken.map(async (n) => ((await leaseHeld(store, 'w', n)) ? n : null)));
  expect(held.filter((n) => n !== null)).toEqual([12]);
});
