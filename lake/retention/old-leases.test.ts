import { once } from 'node:events';
import { expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { holdLease } from '../builder-lease.ts';
import { builderLeaseKey, parseLeaseKey } from '../keys.ts';
import { claimLease, lastLease, leaseHeld, lostToAnother, releaseLease, takeLease } from '../readers.ts';
import { sweepLeases } from './old-leases.ts';

const DAY = 86_400_000;

/** A lake whose warehouse was taken this many times, each by another. */
async function lakeOf(
  taken: number,
): Promise<{ store: MemoryStore; sweep: (days: number) => Promise<number>; numbers: () => Promise<number[]> }> {
  const store = new MemoryStore(() => new Date(100 * DAY));
  for (let n = 1; n <= taken; n += 1) await takeLease(store, 'w', `taker ${n}`);
  return {
    store,
    sweep: (days) => sweepLeases(store, (100 + days) * DAY),
    numbers: async () =>
      (await collect(store.list('readers/w/'))).map(({ key }) => Number(/\d+/.exec(key)?.[0])).toSorted((one, other) => one - other),
  };
}

test('the last ten leases stay, and all of the last seven days', async () => {
  const { store, sweep, numbers } = await lakeOf(25);
  expect(await sweep(6.9)).toBe(0);
  expect(await sweep(7)).toBe(15);
  expect(await numbers()).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  expect(await sweep(30)).toBe(0);
  expect([await leaseHeld(store, 'w', 25), await leaseHeld(store, 'w', 24)]).toEqual([true, false]);
  expect(await takeLease(store, 'w', 'next')).toBe(26);
});

test('a holder that wakes after its lease was swept has lost the warehouse', async () => {
  const { store, sweep } = await lakeOf(25);
  const known = { n: 5, life: null, released: false };
  await sweep(30);
  for (const n of [1, 5, 14, 15]) {
    expect([n, await leaseHeld(store, 'w', n)]).toEqual([n, false]);
    expect(await lostToAnother(store, 'w', { after: n, by: `taker ${n}` })).toBe(true);
  }
  await releaseLease(store, 'w', { n: 5, by: 'taker 5' });
  expect((await lastLease(store, 'w', known))?.n).toBe(25);
  for (const n of [6, 15]) expect(await claimLease(store, 'w', n, { by: 'late' })).toBe(false);
  expect(await leaseHeld(store, 'w', 25)).toBe(true);
});

test('one that listed the leases before many others took them gets a number after theirs', async () => {
  const { store, sweep } = await lakeOf(5);
  const list = store.list.bind(store);
  let held = true;
  // It lists the leases, and sleeps.
  store.list = async function* late(prefix, startAfter) {
    const found = await collect(list(prefix, startAfter));
    if (held) {
      held = false;
      for (let n = 6; n <= 25; n += 1) await takeLease(store, 'w', `taker ${n}`);
      await sweep(30);
    }
    yield* found;
  };
  const taken = await takeLease(store, 'w', 'late');
  expect([taken, await leaseHeld(store, 'w', taken)]).toEqual([26, true]);
});

test('a sweeper that dies at any step leaves leases without a gap', async () => {
  for (let deletes = 0; deletes < 15; deletes += 1) {
    const { store, sweep, numbers } = await lakeOf(25);
    let allowed = deletes;
    const remove = store.delete.bind(store);
    store.delete = async (key) => {
      if ((allowed -= 1) < 0) throw new Error('it died');
      await remove(key);
    };
    await sweep(30).catch(() => undefined);
    expect((await numbers())[0]).toBe(deletes + 1);
    expect(await numbers()).toHaveLength(25 - deletes);
  }
});

test('leases of builders go in the same way, and one that wakes late neither has a lock nor gets it', async () => {
  const store = new MemoryStore(() => new Date(100 * DAY));
  const late = new FaultyStore(store);
  const role = { store, warehouseId: 'w', lock: 'role', pace: { beatMs: DAY, silentMs: 0 } } as const;
  const wake = Promise.withResolvers<void>();
  const asleep = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const key = /builder-role\/2\.json$/;
  late.set({ on: 'head', key, times: 1, fault: { kind: 'hold', until: wake.promise, onHeld: asleep[0].resolve } });
  const lost = await holdLease({ ...role, store: late }, { wait: false });
  await asleep[0].promise;
  late.set({ on: 'put', key, times: 1, fault: { kind: 'hold', until: wake.promise, onHeld: asleep[1].resolve } });
  const taken = holdLease({ ...role, store: late }, { wait: false });
  await asleep[1].promise;
  for (let n = 2; n <= 25; n += 1) await (await holdLease(role, { wait: false })).release();
  expect(await sweepLeases(store, 106 * DAY)).toBe(0);
  expect(await sweepLeases(store, 107 * DAY)).toBe(15);
  const left = (await collect(store.list('readers/w/builder-role/'))).map((object) => parseLeaseKey(object.key)?.n ?? 'alive');
  expect(new Set(left)).toEqual(new Set(['alive', 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]));
  wake.resolve();
  await expect(taken).rejects.toMatchObject({ code: 'TRANSFORM_IN_USE' });
  if (!lost.lost.aborted) await once(lost.lost, 'abort');
  const next = await holdLease(role, { wait: false });
  expect(await store.head(builderLeaseKey('w', 'role', 26))).not.toBeNull();
  await next.release();
});
