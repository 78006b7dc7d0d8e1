import { TailraceError, describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import type { Lsn } from '../core/lsn.ts';
import { elapsed } from '../core/time.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { MESSAGE_PREFIX, QUIET_MESSAGE } from '../postgres/session/system.ts';
import { emitMessage, identifySystem } from '../postgres/session/system.ts';
import { hasEnded } from '../postgres/session/ended-transaction.ts';
import type { CatalogWatch } from './catalog/catalog-watch.ts';
import { IdentityWatch } from './catalog/identity-watch.ts';
import type { Look, Looks } from './catalog/looks.ts';
import type { Session } from './session.ts';
import type { SourceCatalog } from './catalog/source-catalog.ts';
import type { TableTroubles } from './catalog/table-troubles.ts';

/** Pause between looks while requests wait and an earlier look is not settled. */
const LOOKING_PAUSE_MS = 100;

/** What a heartbeat works with. The connection is used by nothing else. */
export interface HeartbeatOptions {
  readonly connection: SqlConnection;
  readonly catalog: SourceCatalog;
  readonly watch: CatalogWatch;
  readonly session: Pick<Session, 'reconsider' | 'fail'>;
  readonly looks: Looks;
  /** Time between looks. */
  readonly everyMs: number;
  /** Time between messages that become a manifest, though nothing else happens. */
  readonly heartbeatMs: number;
  /** Tables that were added to the publication before the session, for its first look. */
  readonly missed: readonly number[];
  /** As `SessionParts.lastXid`. */
  readonly lastXid: number | null;
  /** Oids of our publications. */
  readonly publications: readonly number[];
  /** Receives the tables that cannot be published. */
  readonly troubles: Pick<TableTroubles, 'look'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Each beat looks at the catalog, adds new tables to the publication and commits one of our
 * messages. Once the stream has passed the message, it has shown everything that the look saw. From
 * time to time the message becomes a manifest, though nothing else happens: it proves an idle
 * source fresh to all readers of the lake, and advances the slot. Never rejects: it fails the
 * session.
 */
export async function beat(options: HeartbeatOptions): Promise<void> {
  const { session, signal } = options;
  try {
    let added: Look['added'] = new Map(options.missed.map((oid) => [oid, 0]));
    const identities = new IdentityWatch(() => options.catalog.identityState(), options.everyMs);
    let heartbeatAtMs = Number.NEGATIVE_INFINITY;
    let changed = false;
    while (!signal.aborted) {
      await identities.begin();
      // Looks are rarely on time, so the one that is nearest to the time counts.
      const isHeartbeat = changed || elapsed() - heartbeatAtMs >= options.heartbeatMs - options.everyMs / 2;
      if (isHeartbeat) heartbeatAtMs = elapsed();
      added = await beatOnce(options, added, isHeartbeat);
      changed = await identities.next(options.looks, signal);
    }
  } catch (error) {
    if (!signal.aborted) session.fail(error);
  }
}

/**
 * `missed`: tables added to the publication that no look has reported yet. Returns those that are
 * still unreported.
 */
async function beatOnce(options: HeartbeatOptions, missed: Look['added'], isHeartbeat: boolean): Promise<Look['added']> {
  const { connection, catalog, watch, session, looks, lastXid, log, signal } = options;
  const askers = looks.begin();
  const number = watch.beginLook();
  await checkPublications(options);
  const lastEnded = lastXid !== null && (await hasEnded(connection, lastXid));
  const tables = await catalog.chosen();
  const { added: now, failed, troubles, left } = await catalog.publish(tables);
  const added = new Map([...missed, ...now.map((oid) => [oid, number] as const)]);
  options.troubles.look(troubles);
  for (const { table, error } of left) log.debug({ table, error: error.message }, 'a table that is not chosen stays in the publication');
  const at = await mark(connection, isHeartbeat || askers.length > 0 ? '' : QUIET_MESSAGE, log);
  // Later looks must not replace an earlier one that the stream has not reached yet: none would
  // ever be settled.
  if (looks.waiting) {
    if (askers.length > 0) await abortableSleep(LOOKING_PAUSE_MS, signal);
    looks.giveUp(askers);
    return added;
  }
  const published = tables.filter(({ oid }) => !failed.includes(oid));
  looks.wait({ number, tables: catalog.factsByOid(published), added, unsure: failed, askers, at, lastEnded });
  session.reconsider();
  return new Map();
}

/** Throws PUBLICATION_LOST if a publication was replaced: commits in between were never sent. */
async function checkPublications({ catalog, publications }: HeartbeatOptions): Promise<void> {
  const found = await catalog.publicationOids();
  if (found.join() !== publications.join())
    throw new TailraceError('PUBLICATION_LOST', 'a publication of tailrace was dropped, or dropped and created again');
}

/** Commits a message and returns a position above every commit that was visible before. */
async function mark(connection: SqlConnection, content: string, log: Log): Promise<Lsn> {
  try {
    return await emitMessage(connection, MESSAGE_PREFIX, content);
  } catch (error) {
    if (connection.lost.aborted) throw error;
    log.warn({ error: describeError(error) }, 'cannot write a heartbeat message; an idle source is followed by its keepalives alone');
    return (await identifySystem(connection)).flushLsn;
  }
}
