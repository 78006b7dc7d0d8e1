import { TailraceError } from '../../core/errors.ts';
import { matchNamed } from '../../core/table-glob.ts';
import { oidOf } from '../../core/table.ts';
import { readChoice } from '../../lake/choice.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { Position } from '../../lake/readers.ts';
import { formatLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import { elapsed, isoTime, wall } from '../../core/time.ts';
import { abortAfter } from '../../core/timer.ts';
import { readEpochs } from '../../lake/epoch.ts';
import { requireSameSource } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { chosenTables } from '../../monitor/chosen-tables.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import type { WarehouseChoice } from '../../lake/warehouse-position.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../../postgres/session/connect.ts';
import { MESSAGE_PREFIX } from '../../postgres/session/system.ts';
import { emitMessage, identifySystem } from '../../postgres/session/system.ts';
import { CopyWatch } from './await-copies.ts';
import { lookAtCatalog } from './catalog-look.ts';
import { PATIENCE_MS, requireRoles } from '../require-roles.ts';
import { awaitLake, everyMs } from './await-lake.ts';
import { awaitState } from './await-state.ts';
import type { AwaitState } from './await-state.ts';

export interface AwaitOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  readonly warehouse: WarehouseChoice;
  /** The place of the warehouse, as configured. */
  readonly warehousePlace: string;
  /** Globs of the tables to wait for; null: all. */
  readonly tables: readonly string[] | null;
  /** Null: everything committed until now. */
  readonly lsn: Lsn | null;
  readonly timeoutMs: number;
  readonly log: Log;
}

/**
 * Waits until the position is applied or the time is over (then `done` is false). Throws BAD_LSN
 * for a position that the source has not reached, NOT_RUNNING when neither a replicator nor a
 * compactor runs, NO_SUCH_TABLE for a glob that matches no table, and SOURCE_… or LAKE_… when an
 * end does not answer. A lake and roles that are only starting are waited for.
 */
export async function awaitApplied(options: AwaitOptions): Promise<AwaitState & { lsn: Lsn }> {
  const { store } = options;
  const deadline = elapsed() + options.timeoutMs;
  const { lake, isNew } = await awaitLake(store, deadline, options.log);
  await using connection = await connect(options.source, { role: 'sql' });
  requireSameSource(lake, await identifySystem(connection));
  await requireRoles(connection, options, isNew ? deadline - elapsed() : PATIENCE_MS);
  const { lsn, heard } = await goal(connection, options, deadline - elapsed());
  const copies = await CopyWatch.open(store);
  const manifests = new ManifestLog(store, options.log);
  let manifest: StoredManifest | null = null;
  let position: Position | null = null;
  for (;;) {
    const epoch = (await readEpochs(store)).length;
    manifest = await manifests.newest(manifest);
    const chosen = await chosenTables(connection, {
      name: lake.name,
      choice: await readChoice(store, manifest),
      tables: options.tables,
      copied: new Set((position?.tables ?? []).filter(({ state }) => state !== 'waiting').map(({ tableId }) => oidOf(tableId))),
      now: isoTime(wall()),
    });
    const tables = matchNamed(options.tables, chosen);
    // The position is read last, so that it cannot be older than the copies.
    const awaited = await copies.look();
    position = await readPosition(store, options.warehouse);
    const state = awaitState(position, { tables, epoch, lsn, copies: awaited });
    if ((state.done && heard) || elapsed() >= deadline) return { ...state, done: state.done && heard, lsn };
    await abortableSleep(everyMs(store), abortAfter(deadline - elapsed()));
  }
}

/**
 * `heard` is false if a message to this server did not reach the lake: the replicator may stream
 * from another server, whose positions differ.
 */
interface Goal {
  readonly lsn: Lsn;
  readonly heard: boolean;
}

/**
 * The position to wait for. Its message makes sure that a commit passes it, even on an idle source.
 */
async function goal(connection: SqlConnection, options: AwaitOptions, leftMs: number): Promise<Goal> {
  if (options.lsn === null) {
    const heard = await lookAtCatalog(options.store, connection, leftMs);
    return { lsn: await emitMessage(connection, MESSAGE_PREFIX, 'await'), heard };
  }
  const { flushLsn } = await identifySystem(connection);
  if (options.lsn > flushLsn)
    throw new TailraceError('BAD_LSN', `${formatLsn(options.lsn)} is ahead of the source, which is at ${formatLsn(flushLsn)}`, {
      hint: 'Give a position that the source has reached, or --now.',
    });
  await emitMessage(connection, MESSAGE_PREFIX, 'await').catch((error: unknown) => {
    options.log.debug({ error }, 'no message could be written; a heartbeat will pass the position');
  });
  return { lsn: options.lsn, heard: true };
}
