import type { SqlConnection } from '../session/connect.ts';
import { publicationNames } from './publication-plan.ts';

/** A table of the source and its place in our publications. */
export interface SourceTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** It is in one of our publications. */
  readonly published: boolean;
  /** Only its inserts and truncates are published. */
  readonly appendOnly: boolean;
  /** Leaves of a partitioned table that no publication can send, in order. */
  readonly unsentLeaves: readonly UnsentLeaf[];
}

/** A leaf whose changes are not in the stream. */
export interface UnsentLeaf {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'unlogged' | 'foreign';
}

/** Few leaves cannot be sent, so the query walks from each of them up to its root. */
const SOURCE_TABLES = `
with recursive place as (
  select r.prrelid, bool_and(p.pubname = $2) as append
  from pg_publication p join pg_publication_rel r on r.prpubid = p.oid where p.pubname in ($1, $2) group by 1
),
up(leaf, at) as (
  select oid, oid from pg_class where relispartition and (relkind = 'f' or relkind = 'r' and relpersistence = 'u')
  union all
  select u.leaf, i.inhparent from up u join pg_inherits i on i.inhrelid = u.at and not i.inhdetachpending
),
unsent as (
  select u.at as root, json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
    'kind', case c.relkind when 'f' then 'foreign' else 'unlogged' end) order by n.nspname, c.relname) as leaves
  from up u join pg_class c on c.oid = u.leaf join pg_namespace n on n.oid = c.relnamespace where u.at <> u.leaf group by 1
)
select c.oid::bigint::float8 as oid, n.nspname::text as schema, c.relname::text as name, p.append is not null as published,
  coalesce(p.append, false) as "appendOnly", coalesce(u.leaves, '[]') as "unsentLeaves"
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join place p on p.prrelid = c.oid left join unsent u on u.root = c.oid
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by 2, 3`;

/**
 * Reads every ordinary and partitioned table outside the system schemas, without partitions, and
 * its place in the publications `name`. Reads plain catalog columns: it waits for no lock and takes
 * a few milliseconds for a thousand tables.
 */
export async function readSourceTables(connection: Pick<SqlConnection, 'query'>, name: string): Promise<SourceTable[]> {
  const { main, append } = publicationNames(name);
  return connection.query<SourceTable>(SOURCE_TABLES, [main, append]);
}
