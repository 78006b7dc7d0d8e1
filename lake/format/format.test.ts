import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { FEATURES, KnownFormat, putFormat, readFormat } from './format.ts';
import { formatKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';

const HOUR_MS = 3_600_000;

/** A step of a later version. */
async function putLater(store: ObjectStore, number: number, ...features: { name: string; since: string }[]): Promise<void> {
  await store.put(formatKey(number), Buffer.from(JSON.stringify({ number, features, at: 'now', later: {} })));
}

test('the newest format counts, and one that another process has stored stays', async () => {
  const store = new MemoryStore();
  expect(await readFormat(store)).toEqual({ number: 0, features: new Set() });
  await putFormat(store, 1, ['pages']);
  await putFormat(store, 1, FEATURES);
  expect(await readFormat(store)).toEqual({ number: 1, features: new Set(['pages']) });
  await putFormat(store, 2, FEATURES);
  expect(await readFormat(store)).toEqual({ number: 2, features: new Set(FEATURES) });
});

test('a feature that is unknown here is LAKE_TOO_NEW with the version that knows all of them', async () => {
  const store = new MemoryStore();
  await putFormat(store, 1, FEATURES);
  await putLater(store, 2, { name: 'pages', since: '0.1.0' }, { name: 'a', since: '0.10.0' }, { name: 'b', since: '0.9.3' });
  await expect(readFormat(store)).rejects.toThrow(
    /^LAKE_TOO_NEW: the lake has "a", "b", which this version does not know\. Use tailrace 0\.10\.0 or newer with this lake\.$/,
  );
});

test('a look counts for a minute, and not longer by either clock', async () => {
  const store = new MemoryStore();
  const now = { wallMs: 0, elapsedMs: 0 };
  const known = new KnownFormat(store, { wall: () => now.wallMs, elapsed: () => now.elapsedMs });
  expect((await known.recent()).number).toBe(0);
  await putFormat(store, 1, []);
  Object.assign(now, { wallMs: 50_000, elapsedMs: 50_000 });
  expect((await known.recent()).number).toBe(0);
  expect((await known.look()).number).toBe(1);
  await putFormat(store, 2, []);
  // The machine slept: one clock stood still.
  Object.assign(now, { wallMs: HOUR_MS });
  expect((await known.recent()).number).toBe(2);
  await putFormat(store, 3, []);
  Object.assign(now, { elapsedMs: now.elapsedMs + 60_000 });
  expect((await known.recent()).number).toBe(3);
});

test('no feature is of a version that is still to come', async () => {
  const store = new MemoryStore();
  await putFormat(store, 1, FEATURES);
  const text = Buffer.from((await store.get(formatKey(1))) ?? []).toString();
  const { features } = JSON.parse(text) as { features: { name: string; since: string }[] };
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(features.map(({ name }) => name)).toEqual(FEATURES);
  expect(features.filter(({ since }) => since.localeCompare(version, 'en', { numeric: true }) > 0)).toEqual([]);
});
