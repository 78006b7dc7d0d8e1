import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { NO_RULES } from '../test/support/no-rules.ts';
import { dataKey } from '../lake/keys.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { FileEntry } from '../lake/manifest.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { eventually } from '../test/support/eventually.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { Acker } from './acker.ts';
import { FactsStore } from './catalog/facts-store.ts';
import { encodeFacts } from './catalog/stored-facts.ts';
import type { Batch } from './rows/open-batch.ts';
import { Publisher } from './publish.ts';
import { StorePatience } from './store-patience.ts';
import { Uploads } from './uploads.ts';

const HOUR = 60 * 60 * 1000;
const FILE = dataKey('1_1', 'aa', 1);
const FACTS = encodeFacts({ timeline: 1, publications: [], tables: [], gone: [] });

/** A publisher whose file was stored an hour ago, and the batch of that file. */
async function publisherOf(): Promise<{
  store: FaultyStore;
  publisher: Publisher;
  uploads: Uploads;
  batch: Batch;
  acknowledged: bigint[];
}> {
  let elapsedMs = 0;
  const time = { wall: () => elapsedMs, elapsed: () => elapsedMs };
  const store = new FaultyStore(new MemoryStore());
  const log = silentLogger();
  const patience = new StorePatience({ time, log, signal: new AbortController().signal });
  const uploads = new Uploads({ store, writer: { id: 'aa', next: () => 2 }, patience, time });
  const put = store.put(FILE, new Uint8Array(1));
  uploads.unnamed.add(FILE, put);
  await put;
  elapsedMs = HOUR;
  const acknowledged: bigint[] = [];
  const publisher = new Publisher({
    epoch: 1,
    writerId: 'aa',
    last: null,
    anchor: null,
    rules: NO_RULES,
    uploads,
    manifests: new ManifestLog(store, log),
    factsStore: new FactsStore(store),
    patience,
    acker: new Acker(0n, 0, HOUR),
    time,
    acknowledge: (lsn) => acknowledged.push(lsn),
  });
  const counts = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
  const entry: FileEntry = { path: FILE, table: 'public.t', tableId: '1_1', schema: 'a', checksum: 'crc32:00000000', ...counts };
  const written = [Promise.resolve(entry)];
  const batch: Batch = {
    from: 0n,
    to: 8n,
    commitTimesUs: [0n, 0n],
    written,
    parts: [],
    anchor: null,
    catalog: [],
    proofs: [],
    opened: { wallMs: 0, elapsedMs: 0 },
  };
  return { store, publisher, uploads, batch, acknowledged };
}

test('a file that was swept before its manifest was put is not named, and nothing is acknowledged', async () => {
  const { store, publisher, batch, acknowledged } = await publisherOf();
  await store.delete(FILE);
  await expect(publisher.publish(batch, FACTS)).rejects.toMatchObject({ code: 'FENCED' });
  expect(await new ManifestLog(store, silentLogger()).last()).toBeNull();
  expect(acknowledged).toEqual([]);
});

test('a session that has ended publishes nothing more', async () => {
  const { store, publisher, uploads, batch, acknowledged } = await publisherOf();
  await uploads.unnamed.close();
  await expect(publisher.publish(batch, FACTS)).rejects.toMatchObject({ code: 'FENCED' });
  expect(await new ManifestLog(store, silentLogger()).last()).toBeNull();
  expect(acknowledged).toEqual([]);
});

test('the files of a manifest whose answer was lost stay, even if the session ends', async () => {
  const { store, publisher, uploads, batch } = await publisherOf();
  store.set({ on: 'put', key: /^stream/, times: 1, fault: { kind: 'failAfterWrite' } });
  store.set({ on: 'get', key: /^stream/, times: 1, fault: { kind: 'reject', error: new Error('the process is gone') } });
  await expect(publisher.publish(batch, FACTS)).rejects.toThrow('the process is gone');
  await uploads.unnamed.close();
  expect(await new ManifestLog(store, silentLogger()).last()).toMatchObject({ files: [{ path: FILE }] });
  expect(await store.head(FILE)).not.toBeNull();
});

test('whose number is taken by another deletes the files that it would have named', async () => {
  const { store, publisher, batch } = await publisherOf();
  await store.put('stream/00000000000000000001.json', new TextEncoder().encode('{}'));
  await expect(publisher.publish(batch, FACTS)).rejects.toMatchObject({ code: 'FENCED' });
  await eventually(async () => (await store.head(FILE)) === null, 'the file to be gone');
});

test('a file that was swept while the lake was out of reach is not named by the next try', async () => {
  const { store, publisher, batch, acknowledged } = await publisherOf();
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: onHeld } = Promise.withResolvers<void>();
  store.set({ on: 'put', key: /^stream/, times: 1, fault: { kind: 'reject' } });
  store.set({ on: 'list', key: /^sweep/, times: 1, fault: { kind: 'slow', ms: 0 } });
  store.set({ on: 'list', key: /^sweep/, times: 1, fault: { kind: 'hold', until, onHeld } });
  const publishing = publisher.publish(batch, FACTS);
  await held;
  await store.delete(FILE);
  release();
  await expect(publishing).rejects.toMatchObject({ code: 'FENCED' });
  expect(acknowledged).toEqual([]);
});
