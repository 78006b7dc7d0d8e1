import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../core/log.ts';
import type { Log } from '../../core/log.ts';
import { NO_RULES } from './no-rules.ts';
import { decodeArrowFile } from '../../lake/arrow-read.ts';
import { fileRows } from '../../lake/file-rows.ts';
import { openRequests } from '../../lake/control.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { CatalogEvent, FileEntry, Manifest, StoredManifest } from '../../lake/manifest.ts';
import { MemoryStore } from './memory-store.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import type { TableSchema } from '../../core/table.ts';
import { runReplicator } from '../../replicator/replicator.ts';
import type { ReplicatorOptions } from '../../replicator/options.ts';
import { eventually } from './eventually.ts';
import { createDatabase, reconnectDatabase } from './postgres.ts';
import type { TestDatabase } from './postgres.ts';

/** One row of the stream by column name, every value as text. */
export type StreamRow = Readonly<Record<string, string | null>>;

/** What lies in the lake of a test. */
export interface TestLake {
  readonly store: ObjectStore;
  manifests(): Promise<StoredManifest[]>;
  /** The newest manifest. */
  last(): Promise<StoredManifest>;
  /** Rows of a table in the order of files, once there are `count`. */
  rows(table: string, count: number): Promise<StreamRow[]>;
  /** Rows of a table, file by file, as they are now. */
  files(table: string): Promise<StreamRow[][]>;
  events(): Promise<CatalogEvent[]>;
  eventKinds(): Promise<string[]>;
  /** The schema that an event names. */
  schema(event: CatalogEvent): Promise<TableSchema>;
  /** Open requests for new copies. */
  resyncs(): Promise<{ readonly tableId: string | null; readonly reason: string }[]>;
  /** Resolves with the first catalog event that fits, once there is one. */
  event(kind: CatalogEvent['kind'], table: string): Promise<CatalogEvent>;
}

/** A replicator at work on a database of its own. */
export interface Replication extends AsyncDisposable {
  readonly source: TestDatabase;
  readonly lake: TestLake;
  /** Resolves when the slot has confirmed exactly this position. */
  slotAt(lsn: string): Promise<void>;
  /**
   * Resolves after `count` further manifests of a heartbeat: each comes after a look at the
   * catalog.
   */
  beats(count: number): Promise<void>;
  /** Those that were started and not stopped. */
  readonly replicators: readonly Replicator[];
  /** A new connection to the source, after its server was restarted. */
  reconnect(): Promise<TestDatabase>;
  /** Starts one more replicator, or the next after `stop`. */
  start(options?: Partial<ReplicatorOptions>): Replicator;
  stop(): Promise<void>;
}

interface Replicator {
  /** Resolves when streaming has begun. */
  ready(): Promise<void>;
  /** Stops it; rejects with what it ended with. */
  stop(): Promise<void>;
  /** Settles when it ends; null when it ended in good order. */
  readonly ended: Promise<unknown>;
}

/** What a test sets up: SQL before the start, and what else differs from a plain replicator. */
export interface ReplicationOptions extends Partial<ReplicatorOptions> {
  readonly schema?: string;
  readonly server?: { readonly url: string };
  /** Done before the replicator starts. */
  readonly before?: (url: string) => Promise<void>;
}

/**
 * Makes a database and a lake in memory, and waits until a replicator streams from the one to the
 * other.
 */
export async function startReplication(options: ReplicationOptions = {}): Promise<Replication> {
  const source = await createDatabase(options.server);
  if (options.schema !== undefined) await source.query(options.schema);
  await options.before?.(source.url);
  const store = options.store ?? new MemoryStore();
  const lake = readLake(store);
  const running: Replicator[] = [];
  const start = (more: Partial<ReplicatorOptions> = {}): Replicator => {
    const one = launch({ ...options, ...more }, source.url, store);
    running.push(one);
    return one;
  };
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0)) await one.stop();
  };
  await start().ready();
  return {
    source,
    lake,
    replicators: running,
    reconnect: () => reconnectDatabase(source),
    start,
    stop,
    async beats(count) {
      const { number } = await lake.last();
      const hasBeaten = async (): Promise<boolean> =>
        (await lake.manifests()).filter((manifest) => manifest.number > number && manifest.heartbeat).length >= count;
      await eventually(hasBeaten, `${count} heartbeats`);
    },
    async slotAt(lsn) {
      const { name } = await openLake(store, null);
      await eventually(async () => {
        const [slot] = await source.query('select 1 from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn = $2::pg_lsn', [
          name,
          lsn,
        ]);
        return slot !== undefined;
      }, `the slot at ${lsn}`);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(running.splice(0).map((one) => one.stop()));
      await source[Symbol.asyncDispose]();
    },
  };
}

function launch(options: Partial<ReplicatorOptions>, url: string, store: ObjectStore): Replicator {
  const abort = new AbortController();
  const log: Log = options.log ?? silentLogger();
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const ended: Promise<unknown> = runReplicator({
    source: { url },
    store,
    tables: null,
    rules: NO_RULES,
    limits: { memoryBytes: 8 << 20, maxAgeMs: 50, batchRows: 100_000, batchBytes: 4 << 20 },
    heartbeatMs: 150,
    inProgress: true,
    onGap: 'stop',
    ...options,
    log,
    signal: abort.signal,
    events: ({ event }) => {
      if (event === 'ready') isReady();
    },
  }).then(
    () => null,
    (error: unknown) => error,
  );
  return {
    ended,
    async ready() {
      const failure = await Promise.race([ready.then(() => null), ended]);
      if (failure !== null) throw failure;
    },
    async stop() {
      abort.abort();
      const failure = await Promise.race([ended, sleep(60_000, 'still running')]);
      if (failure !== null) throw failure;
    },
  };
}

/** Looks into a lake. */
function readLake(store: ObjectStore): TestLake {
  const log = new ManifestLog(store, silentLogger());
  const manifests = async (): Promise<StoredManifest[]> => {
    const all: StoredManifest[] = [];
    for (let next = await log.read(1); next !== null; next = await log.read(all.length + 1)) all.push(next);
    return all;
  };
  const events = async (): Promise<CatalogEvent[]> => (await manifests()).flatMap(({ catalog }) => catalog);
  return {
    store,
    manifests,
    files: async (table) => filesOf(store, await manifests(), table),
    events,
    eventKinds: async () => (await events()).map(({ kind }) => kind),
    schema: ({ tableId, schema }) => new SchemaStore(store).get(tableId, schema ?? ''),
    resyncs: () => openRequests(store, ['resync']),
    async last() {
      return eventually(() => log.last(), 'a manifest');
    },
    async rows(table, count) {
      return eventually(async () => {
        const rows = (await filesOf(store, await manifests(), table)).flat();
        return rows.length >= count ? rows : null;
      }, `${count} rows of ${table}`);
    },
    async event(kind, table) {
      return eventually(
        async () => (await events()).find((event) => event.kind === kind && event.table === table),
        `event ${kind} of ${table}`,
      );
    },
  };
}

async function filesOf(store: ObjectStore, manifests: readonly Manifest[], table: string): Promise<StreamRow[][]> {
  const entries = manifests.flatMap(({ files }) => files).filter((file) => file.table === table);
  return Promise.all(entries.map((file) => rowsOf(store, file)));
}

async function rowsOf(store: ObjectStore, file: FileEntry): Promise<StreamRow[]> {
  const bytes = await store.get(file.path);
  if (bytes === null) throw new Error(`${file.path} is named and not there`);
  const decoded = decodeArrowFile(bytes, file.path);
  return [...fileRows(file, decoded)].map((row) => Object.fromEntries(decoded.fields.map((field, index) => [field, row[index] ?? null])));
}
