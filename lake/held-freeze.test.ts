import { expect, test } from 'vitest';
import type { FrozenAnswer } from './control-stage.ts';
import { openRequests, putStage } from './control.ts';
import { keepFreeze, takeFreeze } from './held-freeze.ts';
import { CONTROL_PREFIX } from './keys.ts';
import { collect } from '../test/support/collect.ts';
import { MemoryStore } from '../test/support/memory-store.ts';

const WANTED = { name: 'tailrace_run_1', tables: ['public.t'], rows: true, seconds: 60 };
const ANSWER: FrozenAnswer = { name: 'tailrace_run_1', lsn: '0/1', asOf: null, databases: [], tables: ['public.t'], leftOut: [] };
const WHOLE = { manifest: 3, version: '17', inputs: [] };

/** A compactor that answers the first request that it is told about. */
function asking(store: MemoryStore, answer: Parameters<typeof putStage<'done'>>[2]) {
  const { signal } = new AbortController();
  const onAsked = (): void => {
    void openRequests(store, ['freeze', 'keep-freeze']).then(([request]) =>
      putStage(store, { id: request?.id ?? '', stage: 'done' }, answer),
    );
  };
  return { signal, onAsked };
}

test('a freeze is asked for, and neither request nor answer stay in the lake', async () => {
  const store = new MemoryStore();
  expect(await takeFreeze(store, 'w', WANTED, asking(store, { ok: true, frozen: { ...ANSWER, ...WHOLE } }))).toEqual({
    ...ANSWER,
    ...WHOLE,
  });
  expect(await collect(store.list(CONTROL_PREFIX))).toEqual([]);
});

test('a refused freeze is an error with its code', async () => {
  const store = new MemoryStore();
  const refused = asking(store, { ok: false, code: 'TABLE_NOT_LIVE', error: 'no table can be frozen' });
  await expect(takeFreeze(store, 'w', WANTED, refused)).rejects.toMatchObject({ code: 'TABLE_NOT_LIVE' });
});

test('a compactor that does not know held freezes is told from one that does', async () => {
  const store = new MemoryStore();
  await expect(takeFreeze(store, 'w', WANTED, asking(store, { ok: true, frozen: ANSWER }))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});

test('the holder of a freeze learns whether it is there', async () => {
  const store = new MemoryStore();
  const kept = { name: 'tailrace_run_1', tables: ['public.t'], seconds: 60 };
  expect(await keepFreeze(store, 'w', kept, asking(store, { ok: true }))).toBe(true);
  expect(await keepFreeze(store, 'w', kept, asking(store, { ok: false, code: 'BAD_ARGUMENT', error: 'gone' }))).toBe(false);
  await expect(keepFreeze(store, 'w', kept, asking(store, { ok: false, error: 'away' }))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});
