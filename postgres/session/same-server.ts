import { TailraceError } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { SqlConnection } from './connect.ts';
import { identifySystem } from './system.ts';
import type { SourceSystem } from './system.ts';

/** What another session saw of the server and of our slot, a moment ago. */
export interface LookedAt {
  readonly system: SourceSystem;
  /** Confirmed position of the slot. */
  readonly confirmed: Lsn;
}

/**
 * Reads system identifier, timeline and start of the server, and the slot's position, in the very
 * session that is going to stream. An address may lead to one server now and to another a moment
 * later. SOURCE_UNPROVEN where they are not those that were looked at: look again.
 */
export async function requireLookedAt(session: Pick<SqlConnection, 'query'>, slot: string, looked: LookedAt): Promise<void> {
  const { system, confirmed } = looked;
  const now = await identifySystem(session);
  for (const fact of ['systemId', 'timeline', 'startedAt', 'database'] as const) {
    if (now[fact] !== system[fact])
      throw new TailraceError('SOURCE_UNPROVEN', `the streaming session has reached another server than the session before (${fact})`);
  }
  const [found] = await session.query<{ lsn: string | null }>(
    `select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = '${slot.replaceAll("'", "''")}'`,
  );
  const lsn = found?.lsn ?? null;
  if (lsn !== null && parseLsn(lsn) !== confirmed)
    throw new TailraceError('SOURCE_UNPROVEN', `the slot ${slot} moved from ${formatLsn(confirmed)} to ${lsn} while it was looked at`);
}
