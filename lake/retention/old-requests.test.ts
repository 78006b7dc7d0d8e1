import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { DyingStore } from '../../test/support/retention/dying-store.ts';
import { collect } from '../../test/support/collect.ts';
import { openRequests, putRequest, putStage, readStage } from '../control.ts';
import type { RequestBody } from '../control.ts';
import { controlKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sweepRequests } from './old-requests.ts';

const DAY = 86_400_000;
const RESUME: RequestBody = { kind: 'resume', table: 'public.t', warehouseId: 'w' };
const RESYNC: RequestBody = { kind: 'resync', table: 'public.t', tableId: null, reason: 'asked' };

function lakeOf(): {
  store: MemoryStore;
  pass: (days: number) => void;
  sweep: (through?: ObjectStore) => Promise<number>;
  left: () => Promise<string[]>;
} {
  let nowMs = 100 * DAY;
  const store = new MemoryStore(() => new Date(nowMs));
  return {
    store,
    pass: (days) => void (nowMs += days * DAY),
    sweep: (through: ObjectStore = store) => sweepRequests(through, nowMs),
    left: async () => (await collect(store.list('control/'))).map(({ key }) => key),
  };
}

test('an answered request goes seven days after its answer, with all stages', async () => {
  const { store, pass, sweep, left } = lakeOf();
  const id = await putRequest(store, RESUME);
  await putStage(store, { id, stage: 'held' }, { at: 'now' });
  pass(20);
  await putStage(store, { id, stage: 'done' }, { ok: true });
  pass(6.9);
  expect([await sweep(), (await left()).length]).toEqual([0, 3]);
  pass(0.2);
  expect([await sweep(), await left()]).toEqual([1, []]);
});

test('a request that nobody answers expires after thirty days; its answer stays for seven', async () => {
  const { store, pass, sweep, left } = lakeOf();
  const id = await putRequest(store, RESUME);
  pass(29.9);
  await sweep();
  expect(await openRequests(store, ['resume'])).toHaveLength(1);
  pass(0.2);
  await sweep();
  expect(await readStage(store, { id, stage: 'done' })).toEqual({ ok: false, error: 'expired' });
  pass(7.1);
  expect([await sweep(), await left()]).toEqual([1, []]);
});

test('a request for a copy never expires, and one of a later version is left alone', async () => {
  const { store, pass, sweep } = lakeOf();
  await putRequest(store, RESYNC);
  await store.put(controlKey('later'), new TextEncoder().encode('{"kind":"polish","id":"later","at":""}'));
  pass(400);
  await sweep();
  expect(await openRequests(store, ['resync'])).toHaveLength(1);
  expect(await readStage(store, { id: 'later', stage: 'done' })).toBeNull();
});

test('stages without a request, as a message in the WAL or a crash leaves them, go after seven days', async () => {
  const { store, pass, sweep, left } = lakeOf();
  await putStage(store, { id: 'beat', stage: 'heard' }, {});
  pass(6);
  await putStage(store, { id: 'forgotten', stage: 'done' }, { ok: true });
  pass(1.1);
  expect([await sweep(), await left()]).toEqual([1, [controlKey('forgotten', 'done')]]);
});

test('a sweeper that dies at any step opens no request again', async () => {
  for (let deletes = 0; deletes <= 3; deletes += 1) {
    const { store, pass, sweep, left } = lakeOf();
    const id = await putRequest(store, RESUME);
    for (const stage of ['held', 'done'] as const) await putStage(store, { id, stage }, stage === 'held' ? { at: '' } : { ok: true });
    pass(8);
    await sweep(new DyingStore(store, deletes)).catch(() => undefined);
    expect(await openRequests(store, ['resume'])).toEqual([]);
    await sweep();
    expect(await left()).toEqual([]);
  }
});

test('with any clock, no request is answered twice, and none for a copy is lost', async () => {
  const step = fc.tuple(
    fc.constantFrom('ask', 'ask a copy', 'answer', 'sweep', 'sweep', 'pass', 'pass', 'back'),
    fc.integer({ min: 0, max: 9 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { store, pass, sweep } = lakeOf();
      const served = new Map<string, number>();
      const copies = new Set<string>();
      const work: Promise<unknown>[] = [];
      for (const [kind, n] of steps) {
        if (kind === 'ask') await putRequest(store, RESUME);
        else if (kind === 'ask a copy') copies.add(await putRequest(store, RESYNC));
        else if (kind === 'sweep') work.push(sweep());
        else if (kind === 'pass' || kind === 'back') pass(kind === 'pass' ? n * 3 : -n * 3);
        else
          for (const { id } of (await openRequests(store, ['resume', 'resync'])).slice(0, 1 + (n % 2)))
            if ((await putStage(store, { id, stage: 'done' }, { ok: true })) === 'stored') served.set(id, (served.get(id) ?? 0) + 1);
        for (let turns = 0; turns < n * 3; turns += 1) await Promise.resolve();
      }
      await Promise.all(work);
      expect([...served.values()].filter((times) => times > 1)).toEqual([]);
      const open = new Set((await openRequests(store, ['resync'])).map(({ id }) => id));
      expect([...copies].filter((id) => !open.has(id) && !served.has(id))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
