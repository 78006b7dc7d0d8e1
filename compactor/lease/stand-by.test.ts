import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { claimLease, getPosition, lastLease, putPosition, releaseLease } from '../../lake/readers.ts';
import type { Position } from '../../lake/readers.ts';
import { eventually } from '../../test/support/eventually.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { PositionFile } from '../position-file.ts';
import { hasEnded, processLife } from './process-life.ts';
import { leaseInTurn } from './stand-by.ts';

const POSITION: Omit<Position, 'at'> = {
  warehouseId: 'w',
  manifest: 1,
  appliedLsn: '0/1',
  asOf: null,
  tables: [],
  batches: [],
  windows: [],
};
/** A renewal every 40 ms; a second compactor waits for two seconds of silence. */
const RENEW_MS = 10;
const PACE = { silentMs: 2_000, lookMs: 10 };

function waiting(store: MemoryStore, by = 'second') {
  const abort = new AbortController();
  let stoodBy = 0;
  let taken: number | null = null;
  const lease = leaseInTurn({
    store,
    warehouseId: 'w',
    by,
    pace: PACE,
    log: silentLogger(),
    signal: abort.signal,
    onStandBy: () => (stoodBy += 1),
  }).then((n) => (taken = n));
  return { lease, abort, stoodBy: () => stoodBy, taken: () => taken };
}

test('the lease of a server is taken at once when there is none, when it was released, and when its process here has ended', async () => {
  const store = new MemoryStore();
  expect(await waiting(store).lease).toBe(1);
  await releaseLease(store, 'w', { n: 1, by: 'second' });
  expect(await waiting(store).lease).toBe(3);
  const [namespace, , started = ''] = ((await processLife()) ?? '').split(' ');
  await claimLease(store, 'w', 4, { by: 'dead', life: `${namespace} ${process.pid} ${started}0` });
  const next = waiting(store);
  expect(await next.lease).toBe(5);
  expect(next.stoodBy()).toBe(0);
  expect((await lastLease(store, 'w'))?.life).toBe(await processLife());
});

test('a second compactor stands by while the position of the first is renewed, says so once, and takes over when it is silent', async () => {
  const store = new MemoryStore();
  await claimLease(store, 'w', 1, { by: 'first', life: null });
  await putPosition(store, { ...POSITION, at: '2026-01-01T00:00:00.000Z' });
  using file = new PositionFile(store, silentLogger());
  await file.renew('w', () => Promise.resolve(true), RENEW_MS);
  const second = waiting(store);
  const seen = new Set<string>();
  const begun = performance.now();
  await eventually(async () => {
    seen.add((await getPosition(store, 'w'))?.at ?? '');
    return seen.size > 20 && performance.now() - begun > 1.5 * PACE.silentMs;
  }, 'renewals for longer than the silence that is waited for');
  expect([second.stoodBy(), second.taken()]).toEqual([1, null]);
  file[Symbol.dispose]();
  expect(await second.lease).toBe(2);
});

test('a first compactor that has lost its lease renews no position', async () => {
  const store = new MemoryStore();
  await putPosition(store, { ...POSITION, at: '2026-01-01T00:00:00.000Z' });
  using file = new PositionFile(store, silentLogger());
  let asked = 0;
  await file.renew('w', () => Promise.resolve((asked += 1) < 1), RENEW_MS);
  await eventually(() => asked > 0, 'a look at the lease');
  await file.put({ ...POSITION, manifest: 2 }, 0);
  expect([asked, (await getPosition(store, 'w'))?.at]).toEqual([1, '1970-01-01T00:00:00.000Z']);
});

test('two that stand by take over one after the other, and a stop ends the waiting', async () => {
  const store = new MemoryStore();
  await claimLease(store, 'w', 1, { by: 'first', life: null });
  const both = [waiting(store, 'a'), waiting(store, 'b')];
  await eventually(() => both.every((one) => one.stoodBy() === 1), 'both standing by');
  await releaseLease(store, 'w', { n: 1, by: 'first' });
  expect(await Promise.race(both.map(({ lease }) => lease))).toBe(3);
  const [left] = both.filter(({ taken }) => taken() === null);
  left?.abort.abort();
  expect(await left?.lease).toBeNull();
});

test('whether a process has ended is known only of the same machine and container', async () => {
  const life = (await processLife()) ?? '';
  const [namespace, , started] = life.split(' ');
  expect(await hasEnded(life)).toBe(false);
  expect(await hasEnded(null)).toBe(false);
  expect(await hasEnded(`pid:[1] ${process.pid} ${started}`)).toBe(false);
  expect(await hasEnded(`${namespace} ${process.pid} other-boot:1`)).toBe(false);
  expect(await hasEnded(`${namespace} 99999999 ${started}`)).toBe(true);
});
