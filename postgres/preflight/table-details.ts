import { TailraceError } from '../../core/errors.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlConnection } from '../session/connect.ts';
import type { Owner } from '../publication/ownership-fix.ts';

/** A unique index, which could tell the rows of its table apart. */
export interface UniqueIndex {
  readonly name: string;
  /** Key columns in index order; null when one of them is an expression. */
  readonly columns: readonly string[] | null;
  /** Those columns that may be NULL. */
  readonly nullable: readonly string[];
  readonly primary: boolean;
  readonly immediate: boolean;
  readonly valid: boolean;
  readonly partial: boolean;
}

/**
 * What `check` needs to know about a table or a leaf, besides the catalog that replication reads.
 */
export interface RelationDetails {
  /** The role that owns it. */
  readonly owner: Owner;
  /** We are that role, or a member that has its rights. */
  readonly owned: boolean;
  readonly select: boolean;
  /** Row level security would hide rows from us, or make the read fail. */
  readonly rowsHidden: boolean;
  readonly indexes: readonly UniqueIndex[];
  /** Tables that inherit from it without being its partitions. */
  readonly children: readonly { readonly schema: string; readonly name: string }[];
  /**
   * Columns of its partition key; null if it is not partitioned, or partitioned by an expression.
   */
  readonly partitionKey: readonly string[] | null;
  /** Attnums of columns in which equal values can be spelled in several ways. */
  readonly varying: readonly number[];
}

const DETAILS = `
with recursive parts(relation, attnum, type, typmod, collated) as (
  select attrelid, attnum, atttypid, atttypmod, attcollation from pg_attribute where attrelid = any ($1::oid[]) and attnum > 0
  union
  select p.relation, p.attnum, n.type, n.typmod, n.collated
  from parts p join pg_type y on y.oid = p.type cross join lateral (
    select y.typbasetype, case when p.typmod < 0 then y.typtypmod else p.typmod end, y.typcollation where y.typtype = 'd'
    union all select y.typelem, p.typmod, p.collated where y.typtype = 'b' and y.typelem <> 0
    union all select r.rngsubtype, -1, r.rngcollation from pg_range r where y.oid in (r.rngtypid, r.rngmultitypid)
    union all select a.atttypid, a.atttypmod, a.attcollation from pg_attribute a where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
  ) n(type, typmod, collated)
),
varying as (
  select distinct p.relation, p.attnum
  from parts p join pg_type y on y.oid = p.type left join pg_collation o on o.oid = p.collated
  where p.type in ('float4'::regtype, 'float8'::regtype, 'interval'::regtype, 'jsonb'::regtype)
    or p.type in ('numeric'::regtype, 'bpchar'::regtype) and p.typmod < 0 or y.typname = 'citext' or not o.collisdeterministic
)
select c.oid::bigint::float8 as oid, pg_has_role(c.relowner, 'usage') as owned,
  (select json_build_object('name', quote_ident(o.rolname), 'superuser', o.rolsuper, 'member', pg_has_role(o.oid, 'member'),
    'grantsInherit', current_setting('server_version_num')::int >= 160000) from pg_roles o where o.oid = c.relowner) as owner, row_security_active(c.oid) as "rowsHidden",
  has_schema_privilege(c.relnamespace, 'usage') and has_table_privilege(c.oid, 'select') as select,
  coalesce((
    select json_agg(json_build_object('name', i.relname, 'primary', x.indisprimary, 'immediate', x.indimmediate, 'valid', x.indisvalid,
      'partial', x.indpred is not null, 'columns', case when x.indexprs is null then k.columns end, 'nullable', k.nullable) order by not x.indisprimary, i.relname)
    from pg_index x join pg_class i on i.oid = x.indexrelid
    cross join lateral (
      select json_agg(a.attname order by p.position) as columns, coalesce(json_agg(a.attname order by p.position) filter (where not a.attnotnull), '[]') as nullable
      from unnest(x.indkey::int2[]) with ordinality p(attnum, position) join pg_attribute a on a.attrelid = x.indrelid and a.attnum = p.attnum
      where p.position <= x.indnkeyatts
    ) k
    where x.indrelid = c.oid and x.indisunique), '[]') as indexes,
  coalesce((
    select json_agg(json_build_object('schema', n.nspname, 'name', h.relname) order by n.nspname, h.relname)
    from pg_inherits i join pg_class h on h.oid = i.inhrelid join pg_namespace n on n.oid = h.relnamespace
    where i.inhparent = c.oid and not h.relispartition), '[]') as children,
  (
    select json_agg(a.attname order by p.position)
    from pg_partitioned_table t cross join lateral unnest(t.partattrs::int2[]) with ordinality p(attnum, position)
    join pg_attribute a on a.attrelid = t.partrelid and a.attnum = p.attnum
    where t.partrelid = c.oid and t.partexprs is null
  ) as "partitionKey",
  coalesce((select json_agg(v.attnum) from varying v where v.relation = c.oid), '[]') as varying
from pg_class c where c.oid = any ($1::oid[])`;

/** Reads details of the tables and all their leaves, by oid. Takes no lock. */
export async function readTableDetails(connection: SqlConnection, tables: readonly CatalogTable[]): Promise<Map<number, RelationDetails>> {
  const oids = tables.flatMap(({ oid, partitions }) => [oid, ...partitions.map((leaf) => leaf.oid)]);
  const rows = await connection.query<RelationDetails & { oid: number }>(DETAILS, [oids]);
  return new Map(rows.map(({ oid, ...details }) => [oid, details]));
}

const EXPRESSIONS = `
select adrelid::bigint::float8 as oid, adnum as attnum, pg_get_expr(adbin, adrelid) as expression
from pg_attrdef where adrelid = any ($1::oid[])`;

/**
 * Expressions of generated columns, by `oid.attnum`. Empty while a lock is in the way: since 17,
 * Postgres takes one to print an expression.
 */
export async function readExpressions(connection: SqlConnection, tables: readonly CatalogTable[]): Promise<ReadonlyMap<string, string>> {
  const oids = tables.filter(({ columns }) => columns.some(({ replicated }) => !replicated)).map(({ oid }) => oid);
  if (oids.length === 0) return new Map();
  try {
    const rows = await connection.query<{ oid: number; attnum: number; expression: string }>(EXPRESSIONS, [oids]);
    return new Map(rows.map(({ oid, attnum, expression }) => [`${oid}.${attnum}`, expression]));
  } catch (error) {
    if (error instanceof TailraceError && error.code === 'SOURCE_BUSY') return new Map();
    throw error;
  }
}
