import type { SqlConnection } from '../session/connect.ts';

/**
 * Lock modes that keep a table out of a publication (it takes SHARE UPDATE EXCLUSIVE) or from being
 * copied (ACCESS SHARE).
 * https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY
 */
const CONFLICTS = {
  publish: ['ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],
  copy: ['AccessExclusiveLock'],
} as const;

/**
 * The session that holds a lock on each table, with the oldest transaction. An autovacuum that can
 * be cancelled is skipped: Postgres cancels it after deadlock_timeout when another session waits.
 * The SHARE UPDATE EXCLUSIVE of a session that is not visible counts as an autovacuum's.
 */
const BLOCKERS = `
with recursive tree as (
  select oid as root, oid from unnest($1::oid[]) as o(oid)
  union all
  select t.root, i.inhrelid from tree t join pg_inherits i on i.inhparent = t.oid join pg_class c on c.oid = i.inhrelid and c.relispartition where $3
)
select distinct on (t.root) t.root::bigint::float8 as oid,
  case when l.pid is null then 'a prepared transaction'
    else format('pid %s (%s, user %s, open since %s)', l.pid, coalesce(nullif(a.application_name, ''), 'no name'), coalesce(a.usename, 'unknown'),
      coalesce(to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'), 'an unknown time')) end as who
from tree t join pg_locks l on l.relation = t.oid and l.locktype = 'relation' and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
left join pg_stat_activity a on a.pid = l.pid
where l.pid is distinct from pg_backend_pid() and l.mode = any ($2)
  and not (l.mode = 'ShareUpdateExclusiveLock' and l.pid is not null and coalesce(a.backend_type, 'autovacuum worker') = 'autovacuum worker'
    and coalesce(a.query, '') not like '%to prevent wraparound%')
order by t.root, a.xact_start nulls last`;

/**
 * Describes the session that keeps each of these tables from being published or copied, by oid.
 * Waits for nothing itself.
 */
export async function readBlockers(
  connection: Pick<SqlConnection, 'query'>,
  oids: readonly number[],
  purpose: keyof typeof CONFLICTS,
): Promise<Map<number, string>> {
  const rows = await connection.query<{ oid: number; who: string }>(BLOCKERS, [oids, CONFLICTS[purpose], purpose === 'copy']);
  return new Map(rows.map(({ oid, who }) => [oid, who]));
}
