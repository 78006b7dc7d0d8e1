import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { putRequest, putStage } from './control.ts';
import { putJson } from './json-object.ts';
import { LAKE_KEY, chunkDataKey, controlKey, dataKey, epochKey, positionKey } from './keys.ts';
import { openLake } from './lake-identity.ts';
import { LakeCopy } from './lake-copy.ts';
import { ManifestLog } from './manifest-log.ts';
import type { FileEntry } from './manifest.ts';
import { putChunk, putDone } from './snapshot-log.ts';
import { upgradeLake } from './format/upgrade-lake.ts';

const SOURCE = { systemId: '1', database: 'shop' };
const COUNTS = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
const fileEntry = (path: string): FileEntry => ({
  path,
  table: 'public.t',
  tableId: '1_1',
  schema: 'a',
  checksum: 'crc32:00000000',
  ...COUNTS,
});

/** Adds a batch with one file. */
async function write(store: MemoryStore, number: number): Promise<void> {
  const log = new ManifestLog(store, silentLogger());
  const before = number === 1 ? null : await log.read(number - 1);
  const path = dataKey('1_1', 'ab', number);
  await store.put(path, new Uint8Array([number]));
  const rest = { epoch: 1, writer: 'ab', from: '0/1', to: '0/1', commitTimes: null, heartbeat: false, catalog: [] };
  await log.append({ number, ...(before === null ? {} : { previous: before.hash }), files: [fileEntry(path)], ...rest });
}

/** A lake with a copy of its table, three batches and a position. */
async function lake(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await openLake(store, SOURCE);
  await putJson(store, epochKey(1), {});
  const copy = { tableId: '1_1', generation: 1 };
  const path = chunkDataKey(copy, 'cd', 1);
  await store.put(path, new Uint8Array([9]));
  await putChunk(store, { ...copy, n: 1, path, rows: 1, bytes: 1, checksum: 'crc32:00000000', range: { leafOid: 1, from: 0, to: null } });
  await putDone(store, { ...copy, chunks: 1, rows: 1 });
  for (const number of [1, 2, 3]) await write(store, number);
  await putJson(store, positionKey('w'), {});
  return store;
}

function copying(from: MemoryStore, to: MemoryStore): LakeCopy {
  return new LakeCopy(from, to, { log: silentLogger(), progress: () => undefined });
}

async function content(store: MemoryStore): Promise<Map<string, string>> {
  const keys = (await collect(store.list(''))).map(({ key }) => key);
  return new Map(await Promise.all(keys.map(async (key) => [key, Buffer.from((await store.get(key)) ?? '').toString('hex')] as const)));
}

/** Files that records of the lake name and that are not there. */
async function missingFiles(store: MemoryStore): Promise<string[]> {
  const found = await content(store);
  const texts = [...found].filter(([key]) => key.endsWith('.json')).map(([, hex]) => Buffer.from(hex, 'hex').toString());
  const named = texts.flatMap((text) => [...text.matchAll(/"path":"([^"]+)"/g)].map(([, path = '']) => path));
  return named.filter((path) => !found.has(path));
}

test('a round copies everything, the next one only what is new', async () => {
  const from = await lake();
  const to = new MemoryStore();
  const copy = copying(from, to);
  expect(await copy.round()).toMatchObject({ manifests: 3 });
  expect(await content(to)).toEqual(await content(from));
  await write(from, 4);
  // A file, a manifest, and the position, which changes.
  expect(await copy.round()).toMatchObject({ objects: 3, manifests: 4 });
  expect(await content(to)).toEqual(await content(from));
});

test('what was answered and forgotten since does not stay in the copy', async () => {
  const from = await lake();
  const to = new MemoryStore();
  const id = await putRequest(from, { kind: 'rebuild' });
  await copying(from, to).round();
  expect(await to.head(controlKey(id))).not.toBeNull();
  await putStage(from, { id, stage: 'done' }, { ok: true });
  for (const { key } of await collect(from.list('control/'))) await from.delete(key);
  await copying(from, to).round();
  expect(await content(to)).toEqual(await content(from));
});

/** Fails at one of its writes, and at all later ones. */
class BreakingStore extends MemoryStore {
  left = Number.POSITIVE_INFINITY;

  override async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    if (this.left === 0) throw new Error('the place is full');
    this.left -= 1;
    return super.put(key, bytes);
  }
}

test('a copy that breaks off anywhere names nothing that is not there, and goes on', async () => {
  const from = await lake();
  const writes = (await content(from)).size;
  for (let after = 0; after < writes - 1; after += 1) {
    const to = new BreakingStore();
    to.left = after;
    await expect(copying(from, to).round()).rejects.toThrow('the place is full');
    expect([after, await missingFiles(to), await to.head('lake.json')]).toEqual([after, [], null]);
    to.left = Number.POSITIVE_INFINITY;
    await copying(from, to).round();
    expect(await content(to)).toEqual(await content(from));
  }
});

/** Shows no data file in its listings, as one that lags far behind. */
class LaggingStore extends MemoryStore {
  override async *list(prefix: string, startAfter?: string) {
    for await (const object of super.list(prefix, startAfter)) if (!object.key.endsWith('.arrow')) yield object;
  }
}

test('files that a listing does not show yet are copied with what names them', async () => {
  const whole = await lake();
  const from = new LaggingStore();
  for (const [key, hex] of await content(whole)) await from.put(key, Buffer.from(hex, 'hex'));
  const to = new MemoryStore();
  await copying(from, to).round();
  expect(await missingFiles(to)).toEqual([]);
  expect((await content(to)).size).toBe((await content(whole)).size);
});

/** A batch is written right after the data files were listed. */
class WrittenStore extends MemoryStore {
  written = false;

  override async *list(prefix: string, startAfter?: string) {
    yield* super.list(prefix, startAfter);
    if (prefix !== 'data/' || this.written) return;
    this.written = true;
    await write(this, 4);
  }
}

test('a lake that grows while it is copied is copied up to where it was', async () => {
  const from = new WrittenStore();
  for (const [key, hex] of await content(await lake())) await from.put(key, Buffer.from(hex, 'hex'));
  const to = new MemoryStore();
  expect(await copying(from, to).round()).toMatchObject({ manifests: 3 });
  expect(await missingFiles(to)).toEqual([]);
  expect(await copying(from, to).round()).toMatchObject({ manifests: 4 });
  expect(await content(to)).toEqual(await content(from));
});

test('a place with another lake, or with a history of its own, is refused', async () => {
  const from = await lake();
  await expect(copying(from, await lake()).round()).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining('holds lake'),
  });
  const to = new MemoryStore();
  await copying(from, to).round();
  await write(to, 4);
  await expect(copying(from, to).round()).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining('manifest 4 of its own'),
  });
});

test('a lake that is upgraded between two rounds is upgraded in the copy too', async () => {
  const [from, to] = [new MemoryStore(), new MemoryStore()];
  await from.put(LAKE_KEY, Buffer.from(JSON.stringify({ id: 'a'.repeat(32), format: 1, source: SOURCE })));
  await copying(from, to).round();
  expect((await openLake(to, null)).format.number).toBe(0);
  await upgradeLake(from, silentLogger());
  await copying(from, to).round();
  expect(await openLake(to, null)).toEqual(await openLake(from, null));
  expect((await openLake(to, null)).format.number).toBe(1);
});
