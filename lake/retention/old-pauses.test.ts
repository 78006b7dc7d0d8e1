import { expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { pauseKey } from '../keys.ts';
import { PauseLog } from '../pauses.ts';
import { sweepPauses } from './old-pauses.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;

interface PausedLake {
  readonly store: MemoryStore;
  readonly asking: PauseLog;
  readonly sweep: (days: number) => Promise<number>;
  readonly keys: () => Promise<string[]>;
}

/** A lake in which `compact` was paused and resumed in turn, this many times. */
async function pausedLake(times: number): Promise<PausedLake> {
  const store = new MemoryStore(() => new Date(NOW));
  const asking = new PauseLog(store, 'compact');
  for (let n = 1; n <= times; n += 1) await (n % 2 === 1 ? asking.pause(NOW, null) : asking.resume(NOW));
  return {
    store,
    asking,
    sweep: (days) => sweepPauses(store, NOW + days * DAY),
    keys: async () => (await collect(store.list('pause/'))).map(({ key }) => key),
  };
}

test('the first and the last one of each role stay, the others go after seven days', async () => {
  const { store, sweep, keys } = await pausedLake(5);
  await new PauseLog(store, 'replicate').pause(NOW, NOW + 1);
  expect(await sweep(6.9)).toBe(0);
  expect(await sweep(7)).toBe(3);
  expect(await keys()).toEqual([pauseKey('compact', 1), pauseKey('compact', 5), pauseKey('replicate', 1)]);
  expect(await sweep(30)).toBe(0);
});

test('a process that knows an earlier one, or none, finds the last one', async () => {
  const { store, asking, sweep } = await pausedLake(1);
  const sleeping = new Map<number, PauseLog>();
  for (let n = 1; n <= 9; n += 1) {
    if (n > 1) await (n % 2 === 1 ? asking.pause(NOW, null) : asking.resume(NOW));
    const log = new PauseLog(store, 'compact');
    await log.now(NOW);
    sleeping.set(n, log);
  }
  sleeping.set(0, new PauseLog(store, 'compact'));
  expect(await sweep(30)).toBe(7);
  const paused = { role: 'compact', until: null };
  for (const [n, log] of sleeping) expect([n, await log.now(NOW)]).toEqual([n, paused]);
  await asking.resume(NOW);
  for (const [n, log] of sleeping) expect([n, await log.now(NOW)]).toEqual([n, null]);
});

test('a sweeper that dies after any deletion leaves a last one that everybody finds', async () => {
  for (let deletions = 0; deletions <= 4; deletions += 1) {
    const { store, asking } = await pausedLake(3);
    const known = new PauseLog(store, 'compact');
    await known.now(NOW);
    await asking.resume(NOW);
    for (const n of [5, 6, 7]) await (n % 2 === 1 ? asking.pause(NOW, null) : asking.resume(NOW));
    const dying = new FaultyStore(store);
    for (let n = 2 + deletions; n <= 7; n += 1)
      dying.set({ on: 'delete', key: new RegExp(pauseKey('compact', n)), fault: { kind: 'reject' } });
    await sweepPauses(dying, NOW + 8 * DAY).catch(() => undefined);
    for (const log of [known, new PauseLog(store, 'compact')])
      expect([deletions, await log.now(NOW)]).toEqual([deletions, { role: 'compact', until: null }]);
  }
});

test('a role that nobody has paused costs one request, and a known pause two', async () => {
  const store = new FaultyStore(new MemoryStore());
  const log = new PauseLog(store, 'compact');
  await log.now(NOW);
  expect(store.calls.length).toBe(1);
  const asking = new PauseLog(store, 'compact');
  await asking.pause(NOW, null);
  await asking.resume(NOW);
  await log.now(NOW);
  store.calls.length = 0;
  await log.now(NOW);
  expect(store.calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
    'head pause/compact-3.json',
    'head pause/compact-2.json',
  ]);
});
