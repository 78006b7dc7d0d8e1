import type { Lsn } from '../../core/lsn.ts';
import { parseLsn } from '../../core/lsn.ts';
import type { SourceOptions } from '../session/connect.ts';
import { connect } from '../session/connect.ts';
import { sqlState } from '../session/sqlstate.ts';

const UNDEFINED_FILE = '58P01';

/**
 * The position at which the history of timeline `to` left timeline `from`: later WAL of `from` is
 * not part of `to`. Null if `from` is not an ancestor, or the server no longer has the history
 * file.
 * https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-TIMELINE-HISTORY
 */
export async function branchPoint(source: SourceOptions, from: number, to: number): Promise<Lsn | null> {
  await using walsender = await connect(source, { role: 'walsender' });
  const rows = await walsender.query<{ content: string | Buffer }>(`TIMELINE_HISTORY ${to}`).catch((error: unknown) => {
    if (sqlState(error) === UNDEFINED_FILE) return [];
    throw error;
  });
  return parseHistory(rows[0]?.content.toString() ?? '').get(from) ?? null;
}

/** A history file: lines of timeline, position where it ended, reason. */
export function parseHistory(content: string): Map<number, Lsn> {
  const ends = new Map<number, Lsn>();
  for (const line of content.split('\n')) {
    const [timeline, lsn] = line.trim().split(/\s+/);
    if (timeline !== undefined && lsn !== undefined && /^\d+$/.test(timeline)) ends.set(Number(timeline), parseLsn(lsn));
  }
  return ends;
}
