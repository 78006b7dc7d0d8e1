import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { scratch } from '../test/support/scratch.ts';
import { DirectoryStore } from './store/directory-store.ts';
import { LAKE_KEY, manifestKey } from './keys.ts';
import { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import type { ObjectStore } from './store/object-store.ts';
import { openStore } from './store/open-store.ts';
import { SameLake } from './same-lake.ts';

const SOURCE = { systemId: '7301', database: 'shop' };

function manifestOf(number: number, previous?: string): Manifest {
  const range = { from: `0/${number}`, to: `0/${number + 1}` };
  return {
    number,
    epoch: 1,
    writer: 'aa',
    ...(previous === undefined ? {} : { previous }),
    ...range,
    commitTimes: null,
    heartbeat: true,
    files: [],
    catalog: [],
  };
}

/** A writer over a lake with two manifests. */
async function writing(store: ObjectStore): Promise<{ log: ManifestLog; last: string }> {
  const lake = new SameLake(store);
  await lake.open(SOURCE);
  const log = new ManifestLog(store, silentLogger(), lake);
  const first = await log.append(manifestOf(1));
  return { log, last: await log.append(manifestOf(2, first)) };
}

test('a lake that was found is waited for while it is away, and never created again', async () => {
  const store = new MemoryStore();
  const lake = new SameLake(store);
  const { id } = await lake.open(SOURCE);
  await store.delete(LAKE_KEY);
  for (const one of [lake, new SameLake(store, id)]) {
    await expect(one.open(SOURCE)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    await expect(one.require()).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  }
  expect(await store.get(LAKE_KEY)).toBeNull();
});

test('another lake in the place of the one that was found is refused by name', async () => {
  const store = new MemoryStore();
  const lake = new SameLake(store, 'a'.repeat(32));
  await new SameLake(store).open(SOURCE);
  await expect(lake.open(SOURCE)).rejects.toMatchObject({ code: 'LAKE_REPLACED' });
  await expect(lake.require()).rejects.toThrow(/now holds lake [0-9a-f]{8}, but held lake aaaaaaaa before/);
});

test('no manifest is put where the lake no longer is', async () => {
  const store = new MemoryStore();
  const { log, last } = await writing(store);
  const bytes = await store.get(LAKE_KEY);
  await store.delete(LAKE_KEY);
  await expect(log.append(manifestOf(3, last))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  expect(await store.head(manifestKey(3))).toBeNull();
  await store.put(LAKE_KEY, bytes ?? new Uint8Array());
  await log.append(manifestOf(3, last));
  expect((await log.last())?.number).toBe(3);
});

test('a manifest put where the lake has just disappeared does not count as stored', async () => {
  await using folder = await scratch();
  const inner = new DirectoryStore(folder.path);
  const { last } = await writing(inner);
  const store = new FaultyStore(inner);
  const lake = new SameLake(store);
  await lake.open(null);
  const log = new ManifestLog(store, silentLogger(), lake);
  const held = Promise.withResolvers<void>();
  const until = held.promise.then(() => rm(join(folder.path, LAKE_KEY)));
  store.set({ on: 'put', times: 1, fault: { kind: 'hold', until, onHeld: held.resolve } });
  const appended = log.append(manifestOf(3, last)).then(
    () => 'stored',
    (error: unknown) => error,
  );
  expect(await appended).toMatchObject({ code: 'LAKE_UNAVAILABLE' });
});

test("yesterday's copy of the lake, which has the same id, gets no manifest behind a hole", async () => {
  const store = new MemoryStore();
  const { log, last } = await writing(store);
  const bytes = (await store.get(manifestKey(2))) ?? new Uint8Array();
  await store.delete(manifestKey(2));
  await expect(log.append(manifestOf(3, last))).rejects.toMatchObject({ code: 'FENCED' });
  await store.replace(manifestKey(2), new TextEncoder().encode(JSON.stringify({ ...manifestOf(2), writer: 'bb' })));
  await expect(log.append(manifestOf(3, last))).rejects.toMatchObject({ code: 'FENCED' });
  expect(await store.head(manifestKey(3))).toBeNull();
  await store.replace(manifestKey(2), bytes);
  await log.append(manifestOf(3, last));
});

test('in an empty mount point no folder is created, for any object', async () => {
  await using folder = await scratch();
  const store = await openStore(join(folder.path, 'lake'));
  await new SameLake(store).open(SOURCE);
  await store.put('data/1_1/aa-1.arrow', new Uint8Array(1));
  await rm(join(folder.path, 'lake'), { recursive: true });
  for (const key of ['data/1_1/aa-2.arrow', 'snapshot/1_1/1/plan.json', 'control/a.json', 'stream/1.json', 'x.json']) {
    await expect(store.put(key, new Uint8Array(1)), key).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    await expect(store.replace(key, new Uint8Array(1)), key).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  }
  const ended = new AbortController();
  for await (const _change of store.watch?.('stream/', ended.signal) ?? []) ended.abort();
  expect(await readdir(folder.path)).toEqual([]);
});
