import { setTimeout as sleep } from 'node:timers/promises';
import { qualifiedName } from '../core/table.ts';
import { systemTime } from '../core/time.ts';
import { putRequest, putStage } from '../lake/control.ts';
import { proofAskedFor } from '../lake/heard.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import { SameLake } from '../lake/same-lake.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import type { Writer } from '../lake/writer.ts';
import { connect } from '../postgres/session/connect.ts';
import { publicationNames } from '../postgres/publication/publication-plan.ts';
import { openStream } from '../postgres/stream/stream.ts';
import { describeError } from '../core/errors.ts';
import { Acker } from './acker.ts';
import { eventOf } from './catalog/catalog-event.ts';
import { CatalogWatch } from './catalog/catalog-watch.ts';
import { FactsStore } from './catalog/facts-store.ts';
import type { Looks } from './catalog/looks.ts';
import { beat } from './heartbeat.ts';
import { OpenBatch } from './rows/open-batch.ts';
import { Publisher } from './publish.ts';
import type { ReplicatorOptions } from './options.ts';
import { Session } from './session.ts';
import { SourceCatalog } from './catalog/source-catalog.ts';
import type { Start } from './start/start.ts';
import { StorePatience } from './store-patience.ts';
import type { TableTroubles } from './catalog/table-troubles.ts';
import { Uploads } from './uploads.ts';

/** Least age at which a batch of a quiet source ends. */
const MIN_AGE_MS = 100;
/** Least time between two manifests that only carry a position. */
const POSITION_AGE_MS = 10_000;
const STALL_MS = 30_000;
const CATALOG_PAUSE_MS = 50;

/** What a session is made from. `progress` is called after every stored manifest. */
export interface SessionOptions extends ReplicatorOptions {
  /**
   * Xid of a transaction that could not be taken while it ran. The session receives all
   * transactions at their commit, and ends when this one is published. Null: there is none.
   */
  readonly lastXid: number | null;
  readonly looks: Looks;
  readonly troubles: TableTroubles;
  readonly writer: Writer;
  readonly start: Start;
  readonly progress: () => void;
}

/**
 * Wires one session and runs it. Resolves when the signal is aborted, rejects with the error that
 * broke it.
 */
export async function runSession(options: SessionOptions): Promise<void> {
  const { source, store, log, start, writer, limits } = options;
  const stop = new AbortController();
  const stopped = AbortSignal.any([options.signal, stop.signal]);
  const time = systemTime;

  // Two connections besides the stream: a look at the whole catalog must not delay a Relation
  // message.
  await using relations = await connect(source, { role: 'sql' });
  await using beats = await connect(source, { role: 'sql' });
  const catalogOf = (connection: typeof beats): SourceCatalog =>
    new SourceCatalog(connection, {
      name: start.lake.name,
      tables: options.tables,
      rules: options.rules,
      filters: start.filters,
      epoch: start.epoch.epoch,
    });
  const stream = await openStream({
    source,
    slot: start.epoch.slot,
    publications: Object.values(publicationNames(start.lake.name)),
    start: start.position,
    looked: start.looked,
    inProgress: options.inProgress && options.lastXid === null,
    log,
    signal: stopped,
  });

  const batch = new OpenBatch(start.position, time);
  for (const table of start.left) batch.addCatalogEvent(eventOf('dropped', table));
  const positionAgeMs = Math.max(POSITION_AGE_MS, options.heartbeatMs);
  const acker = new Acker(start.position, time.elapsed(), positionAgeMs);
  const patience = new StorePatience({ time, log, signal: stop.signal });
  const schemas = new SchemaStore(store);
  const relationCatalog = catalogOf(relations);
  const watch = new CatalogWatch(
    {
      epoch: start.epoch.epoch,
      timeline: start.looked.system.timeline,
      publications: start.publications,
      rules: options.rules,
      troubles: options.troubles,
      log,
      read: (oid) => relationCatalog.factsOf(oid),
      position: () => relationCatalog.position(),
      putSchema: (schema) => patience.insist(() => schemas.put(schema)),
      requestResync: async ({ schema, name, tableId }, reason) => {
        await relationCatalog.forgetDecisions();
        await patience.insist(() => putRequest(store, { kind: 'resync', table: qualifiedName(schema, name), tableId, reason }));
      },
      emit: (event) => batch.addCatalogEvent(event),
      pause: async () => {
        await sleep(CATALOG_PAUSE_MS);
      },
    },
    start.known,
    start.gone,
  );
  const lake = new SameLake(store, start.lake.id);
  const uploads = new Uploads({ store, writer, patience, time });
  const publisher = new Publisher({
    epoch: start.epoch.epoch,
    writerId: writer.id,
    last: start.last,
    anchor: start.anchor,
    rules: options.rules,
    uploads,
    manifests: new ManifestLog(store, log, lake),
    factsStore: new FactsStore(store, {
      last: start.last,
      perTable: async () => (await lake.require()).format.features.has('facts-per-table'),
    }),
    patience,
    acker,
    time,
    acknowledge: (lsn) => stream.acknowledge(lsn),
  });
  const { looks } = options;
  looks.restart();
  const hear = (content: string): void => {
    looks.hear(content);
    const proof = proofAskedFor(content);
    if (proof !== null) batch.addProof(proof);
  };
  const session = new Session({
    stream,
    batch,
    watch,
    looks,
    hear,
    publisher,
    uploads,
    acker,
    patience,
    limits: {
      minAgeMs: Math.min(MIN_AGE_MS, limits.maxAgeMs),
      spacingMs: store.location.kind === 's3' ? limits.maxAgeMs : 0,
      maxAgeMs: limits.maxAgeMs,
      positionAgeMs,
      rows: limits.batchRows,
      bytes: Math.min(limits.batchBytes, limits.memoryBytes / 4),
      costlyBytes: Math.min(limits.batchBytes, limits.memoryBytes / 2),
      memoryBytes: limits.memoryBytes,
      stallMs: limits.stallMs ?? STALL_MS,
    },
    time,
    stop,
    stopped,
    lastXid: options.lastXid,
    published({ heartbeat }, { proofs }) {
      options.progress();
      void answerProofs(options, proofs);
      if (!heartbeat) options.events?.({ event: 'published' });
    },
  });
  options.events?.({ event: 'ready' });

  const beating = beat({
    connection: beats,
    catalog: catalogOf(beats),
    watch,
    session,
    everyMs: options.lookMs ?? options.heartbeatMs,
    heartbeatMs: options.heartbeatMs,
    looks,
    lastXid: options.lastXid,
    missed: start.added,
    publications: start.publications,
    troubles: options.troubles,
    log,
    signal: stopped,
  });
  try {
    await session.run();
  } finally {
    stop.abort();
    await beating;
    await uploads.unnamed.close();
  }
}

/** Never rejects: an unanswered request is sent again. */
async function answerProofs({ store, log }: SessionOptions, ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await putStage(store, { id, stage: 'heard' }, {});
  } catch (error) {
    log.warn({ error: describeError(error) }, 'whoever asked for a proof of the source could not be answered');
  }
}
