import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { collect } from '../../test/support/collect.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { FEATURES, putFormat } from './format.ts';
import { FormatGuard } from './format-guard.ts';
import { formatKey, LAKE_KEY } from '../keys.ts';
import { openLake } from '../lake-identity.ts';
import { keysOf } from '../store/keys-of.ts';
import { describeObjectStore } from '../store/object-store.contract.ts';
import type { ObjectStore } from '../store/object-store.ts';

const SOURCE = { systemId: '7301', database: 'shop' };

/** A store, and its guard by a clock that is set by hand. */
function guarded(): { inner: FaultyStore; store: FormatGuard; pass: (ms: number) => void } {
  const inner = new FaultyStore(new MemoryStore());
  let nowMs = 0;
  const store = new FormatGuard(inner, { wall: () => nowMs, elapsed: () => nowMs });
  return { inner, store, pass: (ms) => (nowMs += ms) };
}

async function turnOnLater(store: ObjectStore): Promise<void> {
  const features = [{ name: 'later', since: '9.0.0' }];
  await store.put(formatKey(2), Buffer.from(JSON.stringify({ number: 2, features, at: 'now' })));
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

const CALLS: Record<string, (store: ObjectStore) => Promise<unknown>> = {
  put: (store) => store.put('a', new Uint8Array(1)),
  putStream: (store) => store.putStream('a', nothing()),
  replace: (store) => store.replace('a', new Uint8Array(1)),
  get: (store) => store.get('a'),
  getRange: (store) => store.getRange('a', 0, 1),
  head: (store) => store.head('a'),
  list: (store) => collect(store.list('')),
  keys: (store) => collect(keysOf(store, '')),
  delete: (store) => store.delete('a'),
};

test.each(Object.entries(CALLS))(
  '%s does nothing in a lake with an unknown feature, also one that was turned on later',
  async (_name, call) => {
    const { inner, store, pass } = guarded();
    await openLake(inner, SOURCE);
    await call(store);
    await turnOnLater(inner);
    pass(61_000);
    inner.calls.length = 0;
    await expect(call(store)).rejects.toMatchObject({ code: 'LAKE_TOO_NEW' });
    expect(inner.calls.filter(({ key }) => key !== LAKE_KEY && key !== formatKey(2) && key !== formatKey(3))).toEqual([]);
  },
);

test('a look is shared by the calls that wait for it, and costs two requests a minute', async () => {
  const { inner, store, pass } = guarded();
  await openLake(inner, SOURCE);
  const looks = (): number => inner.calls.filter(({ key }) => key === LAKE_KEY).length;
  const before = looks();
  await Promise.all(Array.from({ length: 20 }, () => store.get('a')));
  expect(looks() - before).toBe(1);
  pass(61_000);
  inner.calls.length = 0;
  for (let call = 0; call < 20; call += 1) await store.get('a');
  expect(inner.calls.filter(({ key }) => key !== 'a').map(({ key }) => key)).toEqual([LAKE_KEY, formatKey(2)]);
});

test('before there is a lake every call passes, and its format counts as soon as it is made', async () => {
  const { inner, store } = guarded();
  expect(await store.get('a')).toBeNull();
  await openLake(inner, SOURCE);
  await turnOnLater(inner);
  await expect(store.get('a')).rejects.toMatchObject({ code: 'LAKE_TOO_NEW' });
});

test('a lake with the features of this program is open to it', async () => {
  const { inner, store, pass } = guarded();
  await openLake(store, SOURCE);
  await putFormat(inner, 2, FEATURES);
  pass(61_000);
  expect(await store.put('a', new Uint8Array(1))).toBe('stored');
});

test('what looks damaged because a later version wrote it is said as LAKE_TOO_NEW, within the minute too', async () => {
  const { inner, store } = guarded();
  await openLake(inner, SOURCE);
  await store.get('a');
  const [damaged, away] = [new TailraceError('LAKE_CORRUPT', 'x'), new TailraceError('LAKE_UNAVAILABLE', 'x')];
  expect(await store.meaningOf(damaged)).toBe(damaged);
  await turnOnLater(inner);
  expect(await store.meaningOf(damaged)).toMatchObject({ code: 'LAKE_TOO_NEW' });
  expect(await store.meaningOf(away)).toBe(away);
  inner.set({ on: 'get', times: 1, fault: { kind: 'reject' } });
  expect(await store.meaningOf(damaged)).toBe(damaged);
});

describeObjectStore('a guarded store', async () => {
  const store = new FormatGuard(new MemoryStore());
  return { store, [Symbol.asyncDispose]: () => store.close() };
});
