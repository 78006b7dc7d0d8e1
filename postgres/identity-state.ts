import type { SqlConnection } from './connect.ts';
import { publicationNames } from './publication-plan.ts';

/**
 * What decides whether Postgres lets the application's own UPDATE and DELETE through (CheckCmdReplicaIdentity in execReplication.c), of every relation of
 * our publications in one number: its replica identity, the index that is it, and since 18 whether it is FULL with a virtual column. Partitions count
 * by themselves. Plain columns of catalogs, so no lock is waited for; about 5 ms for a thousand tables.
 * Relations of both publications, so that one which moves between them changes nothing.
 */
const STATE = `
with recursive tree(oid) as (
  select r.prrelid from pg_publication p join pg_publication_rel r on r.prpubid = p.oid where p.pubname in ($1, $2)
  union
  select i.inhrelid from tree t join pg_class c on c.oid = t.oid and c.relkind = 'p' join pg_inherits i on i.inhparent = t.oid
)
select coalesce(sum(hashtextextended(concat_ws(' ', c.oid, c.relreplident, x.indexrelid, x.indkey,
    case when c.relreplident = 'f' then exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attgenerated = 'v' and not a.attisdropped) end), 0)), 0)::text as state
from tree t join pg_class c on c.oid = t.oid
  left join pg_index x on x.indrelid = c.oid and x.indisunique and x.indimmediate and x.indpred is null and (x.indisvalid or c.relkind = 'p')
    and case c.relreplident when 'i' then x.indisreplident when 'd' then x.indisprimary when 'f' then x.indisprimary else false end`;

/** `name`: of our publications. The same number again: nothing has changed that could make the application fail. */
export async function identityState(connection: Pick<SqlConnection, 'query'>, name: string): Promise<string> {
  const { main, append } = publicationNames(name);
  const [row] = await connection.query<{ state: string }>(STATE, [main, append]);
  return row?.state ?? '';
}
