import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { PauseLog, Pauses } from './pauses.ts';

const NOON = Date.parse('2026-01-01T12:00:00.000Z');
const HOUR = 3_600_000;

test('a pause holds until it is resumed, in every process', async () => {
  const store = new MemoryStore();
  const asking = new PauseLog(store, 'compact');
  const working = new PauseLog(store, 'compact');
  expect(await working.now(NOON)).toBeNull();
  await asking.pause(NOON, null);
  expect(await working.now(NOON + 1_000 * HOUR)).toEqual({ role: 'compact', until: null });
  expect(await new PauseLog(store, 'replicate').now(NOON)).toBeNull();
  await asking.resume(NOON);
  expect(await working.now(NOON)).toBeNull();
});

test('a pause with a time ends by itself, and a later one counts', async () => {
  const store = new MemoryStore();
  const log = new PauseLog(store, 'replicate');
  await log.pause(NOON, NOON + HOUR);
  expect(await log.now(NOON + HOUR - 1)).toEqual({ role: 'replicate', until: '2026-01-01T13:00:00.000Z' });
  expect(await log.now(NOON + HOUR)).toBeNull();
  await log.pause(NOON, NOON + 3 * HOUR);
  expect(await log.now(NOON + HOUR)).toEqual({ role: 'replicate', until: '2026-01-01T15:00:00.000Z' });
});

test('two that pause and resume at once get a number each', async () => {
  const store = new MemoryStore();
  await Promise.all(Array.from({ length: 8 }, () => new PauseLog(store, 'snapshot').pause(NOON, null)));
  await new PauseLog(store, 'snapshot').resume(NOON);
  expect(await store.head('pause/snapshot-9.json')).not.toBeNull();
  expect(await new PauseLog(store, 'snapshot').now(NOON)).toBeNull();
});

test('an observer looks at most every ten seconds', async () => {
  const store = new MemoryStore();
  const pauses = new Pauses(store);
  expect(await pauses.now({ wallMs: NOON, elapsedMs: 0 })).toEqual([]);
  await new PauseLog(store, 'compact').pause(NOON, null);
  expect(await pauses.now({ wallMs: NOON, elapsedMs: 9_999 })).toEqual([]);
  expect(await pauses.now({ wallMs: NOON, elapsedMs: 10_000 })).toEqual([{ role: 'compact', until: null }]);
});
