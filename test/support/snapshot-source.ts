import { silentLogger } from '../../core/log.ts';
import { qualifiedName } from '../../core/table.ts';
import { NO_RULES } from './no-rules.ts';
import { putEpoch } from '../../lake/epoch.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { readTables } from '../../postgres/catalog/catalog.ts';
import { connect } from '../../postgres/session/connect.ts';
import { ensurePublications } from '../../postgres/publication/publication.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { runSnapshotter } from '../../snapshotter/snapshotter.ts';
import type { SnapshotterEvent, SnapshotterOptions } from '../../snapshotter/snapshotter.ts';
import type { TestDatabase } from './postgres.ts';

/**
 * Makes a lake and the publications as the replicator does before it streams: what a snapshotter
 * waits for.
 */
export async function prepareLake(database: TestDatabase, store: ObjectStore): Promise<LakeInfo> {
  await using connection = await connect({ url: database.url });
  const { systemId, database: name } = await identifySystem(connection);
  const lake = await openLake(store, { systemId, database: name });
  await publishAll(database, lake);
  await putEpoch(store, { epoch: 1, slot: lake.name, consistentPoint: '0/1', systemId, timeline: 1 });
  return lake;
}

/** Publishes all tables that there are now, or only the named ones. */
export async function publishAll(database: TestDatabase, lake: LakeInfo, only?: string[]): Promise<void> {
  await using connection = await connect({ url: database.url });
  const tables = (await readTables(connection, null)).filter(
    ({ schema, name }) => only === undefined || only.includes(qualifiedName(schema, name)),
  );
  await ensurePublications(connection, { name: lake.name, tables });
}

/**
 * A snapshotter at work, on a lake without a stream that its source could be proved by, until it is
 * disposed of.
 */
export interface RunningSnapshotter extends AsyncDisposable {
  readonly events: SnapshotterEvent[];
}

export function startSnapshotter(
  options: Pick<SnapshotterOptions, 'store'> & Partial<SnapshotterOptions> & { database: TestDatabase },
): RunningSnapshotter {
  const { database, ...rest } = options;
  const stop = new AbortController();
  const events: SnapshotterEvent[] = [];
  const settings = {
    source: { url: database.url },
    tables: null,
    rules: NO_RULES,
    parallel: 2,
    chunkBytes: 1 << 26,
    prove: async () => undefined,
    log: silentLogger(),
    signal: stop.signal,
  };
  const ended = runSnapshotter({ ...settings, events: (event) => events.push(event), ...rest });
  return {
    events,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
