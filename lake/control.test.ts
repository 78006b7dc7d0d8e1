import { expect, test } from 'vitest';
import { controlKey } from './keys.ts';
import { awaitStage, openRequests, putRequest, putStage, readStage } from './control.ts';
import { MemoryStore } from '../test/support/memory-store.ts';

const resync = { kind: 'resync', table: 'public.t', tableId: null, reason: 'asked for' } as const;

test('a request is open until it is done, and only for those who serve its kind', async () => {
  const store = new MemoryStore();
  const id = await putRequest(store, resync);
  expect(await openRequests(store, ['verify', 'rebuild'])).toEqual([]);
  expect(await openRequests(store, ['resync'])).toMatchObject([{ ...resync, id }]);
  await putStage(store, { id, stage: 'done' }, { ok: true });
  expect(await openRequests(store, ['resync'])).toEqual([]);
});

test('requests are served in the order of asking', async () => {
  const store = new MemoryStore();
  const second = await putRequest(store, resync, new Date(2_000));
  const first = await putRequest(store, { kind: 'rebuild' }, new Date(1_000));
  expect((await openRequests(store, ['resync', 'rebuild'])).map((request) => request.id)).toEqual([first, second]);
});

test('a request of a later version is left to a role of that version', async () => {
  const store = new MemoryStore();
  const id = await putRequest(store, resync);
  const put = (key: string, value: unknown) => store.put(controlKey(key), Buffer.from(JSON.stringify(value)));
  await put('1-later', { kind: 'of-a-later-version', id: '1-later', at: 'now', what: {} });
  expect(await openRequests(store, ['resync', 'verify'])).toMatchObject([{ ...resync, id }]);
  await put('2-broken', { kind: 'resync', id: '2-broken', at: 'now' });
  await expect(openRequests(store, ['resync'])).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
});

test('a stage is written once and read by the other side', async () => {
  const store = new MemoryStore();
  const id = await putRequest(store, { kind: 'verify', tables: null });
  expect(await readStage(store, { id, stage: 'point' })).toBeNull();
  expect(await putStage(store, { id, stage: 'point' }, { lsn: '0/1' })).toBe('stored');
  expect(await putStage(store, { id, stage: 'point' }, { lsn: '0/2' })).toBe('exists');
  expect(await readStage(store, { id, stage: 'point' })).toEqual({ lsn: '0/1' });
});

test('a wait for a stage ends when it is put', async () => {
  const store = new MemoryStore();
  const id = await putRequest(store, { kind: 'verify', tables: ['public.t'] });
  const waiting = awaitStage(store, { id, stage: 'held' }, { timeoutMs: 30_000 });
  await putStage(store, { id, stage: 'held' }, { at: 'now' });
  expect(await waiting).toEqual({ at: 'now' });
});

test('a stage that does not come is TIMED_OUT', async () => {
  const store = new MemoryStore();
  await expect(awaitStage(store, { id: 'nobody', stage: 'held' }, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
});
