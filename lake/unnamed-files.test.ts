import { expect, test } from 'vitest';
import { collect } from '../test/support/collect.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { putLook } from './retention/sweep-look.ts';
import type { SweepLook } from './retention/sweep-look.ts';
import { UnnamedFiles } from './unnamed-files.ts';

const HOUR = 60 * 60 * 1000;
const KEYS = ['data/1_1/aa-1.arrow', 'data/1_1/aa-2.arrow'];

async function twoFiles(): Promise<{ store: FaultyStore; files: UnnamedFiles; pass: (wallMs: number, elapsedMs: number) => void }> {
  const now = { wallMs: 0, elapsedMs: 0 };
  const store = new FaultyStore(new MemoryStore());
  const files = new UnnamedFiles(store, { wall: () => now.wallMs, elapsed: () => now.elapsedMs });
  for (const key of KEYS) {
    const put = store.put(key, new Uint8Array(1));
    files.add(key, put);
    await put;
  }
  const pass = (wallMs: number, elapsedMs: number): void => {
    now.wallMs += wallMs;
    now.elapsedMs += elapsedMs;
  };
  return { store, files, pass };
}

async function left(store: FaultyStore): Promise<string[]> {
  return (await collect(store.list('data/'))).map(({ key }) => key);
}

const LOOK: SweepLook = { number: 1, manifest: { number: 1, hash: 'x' }, named: {}, unnamed: [], removed: [], unfinished: [] };

test('young files are named without a look', async () => {
  const { store, files, pass } = await twoFiles();
  pass(1000, 1000);
  store.calls.length = 0;
  await files.claim(KEYS);
  expect(store.calls).toEqual([]);
});

test('files of less than an hour are looked for only where the grace is short', async () => {
  for (const [graceMs, looks] of [
    [undefined, 0],
    [24 * HOUR, 0],
    [HOUR, 2],
  ] as const) {
    const { store, files, pass } = await twoFiles();
    await putLook(store, { ...LOOK, ...(graceMs === undefined ? {} : { graceMs }) });
    pass(HOUR / 2, HOUR / 2);
    await files.claim(KEYS);
    expect(store.calls.filter(({ operation, key }) => operation === 'head' && key.startsWith('data/'))).toHaveLength(looks);
  }
});

test('a file that the sweeper has called unnamed is not named, as soon as it could be swept', async () => {
  const { store, files, pass } = await twoFiles();
  await putLook(store, { ...LOOK, unnamed: KEYS.slice(1), graceMs: 10_000 });
  pass(2500, 2500);
  await expect(files.claim(KEYS)).rejects.toMatchObject({ code: 'FENCED' });
  const other = await twoFiles();
  await other.files.claim(KEYS);
  await other.files.claimAgain(KEYS);
  await putLook(other.store, { ...LOOK, removed: KEYS.slice(1) });
  await expect(other.files.claimAgain(KEYS)).rejects.toMatchObject({ code: 'FENCED' });
});

test.each([
  ['an hour later', HOUR, HOUR],
  ['on a machine that slept for a week', 168 * HOUR, 1000],
  ['on a machine whose clock was set back a day', -24 * HOUR, 1000],
  ['on a machine whose clock was set back an hour in that hour', 0, HOUR],
])('a file that was swept is not named: %s', async (_when, wallMs, elapsedMs) => {
  const { store, files, pass } = await twoFiles();
  pass(wallMs, elapsedMs);
  await files.claim(KEYS);
  const again = await twoFiles();
  again.pass(wallMs, elapsedMs);
  await again.store.delete(KEYS[1] ?? '');
  await expect(again.files.claim(KEYS)).rejects.toMatchObject({ code: 'FENCED' });
  expect(await left(store)).toEqual(KEYS);
});

test('a machine that sleeps for days while it looks for old files looks again', async () => {
  const { store, files, pass } = await twoFiles();
  pass(HOUR, HOUR);
  const heads = store.head.bind(store);
  let slept = false;
  store.head = async (key) => {
    const facts = await heads(key);
    if (!slept) {
      slept = true;
      pass(48 * HOUR, 1000);
      await store.delete(key);
    }
    return facts;
  };
  await expect(files.claim(KEYS)).rejects.toMatchObject({ code: 'FENCED' });
});

test('what nothing has claimed goes when the writer ends, what was claimed stays', async () => {
  const { store, files } = await twoFiles();
  await files.claim(KEYS.slice(0, 1));
  await files.close();
  expect(await left(store)).toEqual(KEYS.slice(0, 1));
  await expect(files.claim(KEYS.slice(1))).rejects.toMatchObject({ code: 'FENCED' });
});

test('a file whose put is still on its way when the writer ends goes when it has come', async () => {
  const { store, files } = await twoFiles();
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const key = 'data/1_1/aa-3.arrow';
  store.set({ on: 'put', key: /aa-3/, fault: { kind: 'hold', until } });
  const put = store.put(key, new Uint8Array(1));
  files.add(key, put);
  const closing = files.close();
  release();
  await closing;
  expect(await left(store)).toEqual([]);
});

test('a store that does not delete holds nothing up: the sweeper has what stays', async () => {
  const { store, files } = await twoFiles();
  store.set({ on: 'delete', fault: { kind: 'reject' } });
  await files.close();
  expect(await left(store)).toEqual(KEYS);
});
