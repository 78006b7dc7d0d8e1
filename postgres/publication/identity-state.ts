import type { SqlConnection } from '../session/connect.ts';
import { publicationNames } from './publication-plan.ts';

/**
 * One number over everything that decides whether Postgres accepts the application's own UPDATE and
 * DELETE (CheckCmdReplicaIdentity in execReplication.c): for each relation of our publications its
 * replica identity, the identity index, and since 18 whether it is FULL with a virtual column. Each
 * partition counts for itself. Both publications are read, so a table that moves between them
 * changes nothing. Reads plain catalog columns: it waits for no lock and takes about 5 ms for a
 * thousand tables.
 */
const STATE = `
with recursive tree(oid, main) as (
  select r.prrelid, p.pubname = $1 from pg_publication p join pg_publication_rel r on r.prpubid = p.oid where p.pubname in ($1, $2)
  union
  select i.inhrelid, t.main from tree t join pg_class c on c.oid = t.oid and c.relkind = 'p' join pg_inherits i on i.inhparent = t.oid
)
select coalesce(sum(hashtextextended(concat_ws(' ', c.oid, c.relreplident, x.indexrelid, x.indkey,
    case when c.relreplident = 'f' then exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attgenerated = 'v' and not a.attisdropped) end), 0)), 0)::text as state,
  coalesce(bool_or(t.main and c.relkind = 'r' and case c.relreplident when 'f' then exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attgenerated = 'v' and not a.attisdropped) else x.indexrelid is null end), false) as refuses
from tree t join pg_class c on c.oid = t.oid
  left join pg_index x on x.indrelid = c.oid and x.indisunique and x.indimmediate and x.indpred is null and (x.indisvalid or c.relkind = 'p')
    and case c.relreplident when 'i' then x.indisreplident when 'd' then x.indisprimary when 'f' then x.indisprimary else false end`;

export interface IdentityState {
  /** Equal texts: nothing has changed that could make the application fail. */
  readonly state: string;
  /** Updates of some table fail now. */
  readonly refuses: boolean;
}

/** `name` is that of our publications. */
export async function identityState(connection: Pick<SqlConnection, 'query'>, name: string): Promise<IdentityState> {
  const { main, append } = publicationNames(name);
  const [row] = await connection.query<IdentityState>(STATE, [main, append]);
  return row ?? { state: '', refuses: false };
}
