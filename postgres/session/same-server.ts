import { TailraceError } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { SqlConnection } from './connect.ts';
import { identifySystem } from './system.ts';
import type { SourceSystem } from './system.ts';

/** The server and our slot, as an earlier session saw them. */
export interface LookedAt {
  readonly system: SourceSystem;
  /** Confirmed position of the slot. */
  readonly confirmed: Lsn;
}

/**
 * Reads system identifier, timeline and start time of the server, and the position of the slot, in
 * the session that will stream. An address may lead to different servers at different times.
 * SOURCE_UNPROVEN when they differ from those seen before: the caller starts over.
 */
export async function requireLookedAt(session: Pick<SqlConnection, 'query'>, slot: string, looked: LookedAt): Promise<void> {
  const { system, confirmed } = looked;
  const now = await identifySystem(session);
  for (const fact of ['systemId', 'timeline', 'startedAt', 'database'] as const) {
    if (now[fact] !== system[fact])
      throw new TailraceError(
        'SOURCE_UNPROVEN',
        `the streaming session has reached a different server from the session before (${fact} differs)`,
      );
  }
  const [found] = await session.query<{ lsn: string | null }>(
    `select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = '${slot.replaceAll("'", "''")}'`,
  );
  const lsn = found?.lsn ?? null;
  if (lsn !== null && parseLsn(lsn) !== confirmed)
    throw new TailraceError(
      'SOURCE_UNPROVEN',
      `the slot ${slot} moved from ${formatLsn(confirmed)} to ${lsn} between two sessions of tailrace`,
    );
}
