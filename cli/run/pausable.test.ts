import { once } from 'node:events';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { wall } from '../../core/time.ts';
import { PauseLog } from '../../lake/pauses.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { pausable } from './pausable.ts';
import type { Pausable } from './pausable.ts';

const stopped = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

/** A role whose work lasts until it is told to stop, and how often it began and ended. */
function started(more: Partial<Pausable> = {}) {
  const store = more.store ?? new MemoryStore();
  const stop = new AbortController();
  const seen = { begun: 0, ended: 0 };
  const running = pausable({ role: 'replicate', store, log: silentLogger(), signal: stop.signal, lookMs: 5, ...more }, async (signal) => {
    seen.begun += 1;
    await stopped(signal);
    seen.ended += 1;
  });
  return { store, seen, stop: () => stop.abort(), running };
}

test('a pause ends the work in order, and the work begins again after it', async () => {
  const { store, seen, stop, running } = started();
  await eventually(() => seen.begun === 1, 'the work begins');
  await new PauseLog(store, 'replicate').pause(wall(), null);
  await eventually(() => seen.ended === 1, 'the work ends');
  await new PauseLog(store, 'replicate').resume(wall());
  await eventually(() => seen.begun === 2, 'the work begins again');
  stop();
  await running;
  expect(seen).toEqual({ begun: 2, ended: 2 });
});

test('a role that starts in a pause does not begin, and stops when it is told to', async () => {
  const store = new MemoryStore();
  await new PauseLog(store, 'replicate').pause(wall(), null);
  const { seen, stop, running } = started({ store });
  stop();
  await running;
  expect(seen).toEqual({ begun: 0, ended: 0 });
});

test('a pause that harms the source ends by itself, with the reason in the lake', async () => {
  const store = new MemoryStore();
  await new PauseLog(store, 'replicate').pause(wall(), null);
  const { seen, stop, running } = started({ store, mustResume: () => Promise.resolve('too much WAL') });
  await eventually(() => seen.begun === 1, 'the work begins');
  stop();
  await running;
  expect(Buffer.from((await store.get('pause/replicate-2.json')) ?? '').toString()).toContain('"reason":"too much WAL"');
});

test('a lake that does not answer neither begins nor ends a pause', async () => {
  const store = new FaultyStore(new MemoryStore());
  const { seen, stop, running } = started({ store });
  await eventually(() => seen.begun === 1, 'the work begins');
  store.set({ on: 'head', fault: { kind: 'reject' } });
  const asked = store.calls.length;
  await eventually(() => store.calls.length > asked + 3, 'it has looked for a pause');
  expect(seen).toEqual({ begun: 1, ended: 0 });
  stop();
  await running;
});

test('an error of the work is the error of the role', async () => {
  const working = pausable({ role: 'compact', store: new MemoryStore(), log: silentLogger(), signal: new AbortController().signal }, () =>
    Promise.reject(new Error('broken')),
  );
  await expect(working).rejects.toThrow('broken');
});
