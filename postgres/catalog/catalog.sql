-- Everything the catalog says of tables, in one statement, so that all of it is of one moment.
-- In: $1, oids of tables, or NULL for all. Ordinary and partitioned tables outside the system
-- schemas; partitions belong to their root.
-- Out: rows `kind = 'table'` (JSON as CatalogRow of catalog.ts), and rows `kind = 'type'` (JSON as
-- TypeFacts of type-map.ts) for every type in use, with the types it is made of.
-- By hand: with NULL in place of $1.
-- It reads plain catalog columns only, and calls no function that locks or looks past the session's
-- snapshot. So it never waits for a lock, and in an imported snapshot it shows the tables as they
-- were then.
-- The identity index is chosen as RelationGetIndexList does (utils/cache/relcache.c): unique,
-- immediate, valid, not partial.
with recursive wanted as (
  select c.oid, c.oid as root, n.nspname, c.relname, c.relkind, c.relreplident, c.relfilenode, c.relpersistence, c.relrowsecurity,
    c.reltuples, c.relpages, c.reltoastrelid, c.relnatts, c.xmin::text::bigint as xid, false as attached, '' as joined
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and ($1::oid[] is null or c.oid = any ($1::oid[]))
),
tree as (
  select oid as root, oid, false as attached, '' as joined from wanted where relkind = 'p'
  union all
  -- Made as a partition, a table has its rows in both catalogs from one transaction; that of a
  -- system column is never written again.
  -- Attached in the transaction that made it, it had all its columns written once more
  -- (MergeAttributesIntoExisting in tablecmds.c).
  select t.root, i.inhrelid, t.attached or not exists (
    select from pg_attribute s join pg_attribute a on a.attrelid = s.attrelid and a.attnum > 0 and not a.attisdropped
    where s.attrelid = i.inhrelid and s.attnum = -6 and s.xmin::text = i.xmin::text
      and (a.xmin::text, a.cmin::text) = (s.xmin::text, s.cmin::text)
  ), t.joined || '/' || i.xmin::text
  from tree t join pg_inherits i on i.inhparent = t.oid and not i.inhdetachpending
),
leaves as (
  select c.oid, t.root, n.nspname, c.relname, c.relkind, c.relreplident, c.relfilenode, c.relpersistence, c.relrowsecurity,
    c.reltuples, c.relpages, c.reltoastrelid, c.relnatts, c.xmin::text::bigint as xid, t.attached, t.joined
  from tree t join pg_class c on c.oid = t.oid and c.relkind <> 'p' join pg_namespace n on n.oid = c.relnamespace
),
relations as (
  select r.*, coalesce(k.columns, '[]') as key, d.deferrable
  from (select * from wanted union all select * from leaves) r
  left join lateral (
    select json_agg(json_build_object('attnum', a.attnum, 'name', a.attname) order by p.position) as columns
    from (
      select x.indkey, x.indnkeyatts from pg_index x
      where x.indrelid = r.oid and x.indisunique and x.indimmediate and x.indpred is null and (x.indisvalid or r.relkind = 'p')
        -- Since 18 such an index may have NULLs that a NOT NULL which is NOT VALID has let in: it
        -- tells no rows apart.
        and not exists (
          select from pg_constraint v where v.conrelid = x.indrelid and v.contype = 'n' and not v.convalidated
            and v.conkey[1] = any ((x.indkey::int2[])[:x.indnkeyatts - 1]))
        and case r.relreplident when 'i' then x.indisreplident when 'n' then false else x.indisprimary end
      limit 1
    ) i
    cross join lateral unnest(i.indkey::int2[]) with ordinality p(attnum, position)
    join pg_attribute a on a.attrelid = r.oid and a.attnum = p.attnum
    where p.position <= i.indnkeyatts
  ) k on true
  cross join lateral (
    select exists (select from pg_index x where x.indrelid = r.oid and x.indisprimary and not x.indimmediate) as deferrable
  ) d
),
attributes as (
  select a.atttypid from wanted w join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
),
  -- User-made types whose change may change how stored values of a column print: those it is made
  -- of,
  -- at any depth.
parts(root, oid) as (
  select distinct atttypid, atttypid from attributes where atttypid >= 16384
  union
  select p.root, n.oid from parts p join pg_type y on y.oid = p.oid left join pg_range g on y.oid in (g.rngtypid, g.rngmultitypid)
  cross join lateral (
    values (y.typbasetype), (y.typelem), (g.rngsubtype)
    union all
    select t.atttypid from pg_attribute t where y.typrelid <> 0 and t.attrelid = y.typrelid and t.attnum > 0 and not t.attisdropped
  ) n(oid)
  where n.oid >= 16384
),
types(oid) as (
  select atttypid from attributes
  union
  select n.oid from types t join pg_type y on y.oid = t.oid cross join lateral (values (y.typbasetype), (y.typelem)) n(oid) where n.oid <> 0
)
select 'table' as kind, json_build_object(
    'oid', r.oid::bigint, 'schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'identity', r.relreplident, 'filenode', r.relfilenode::bigint,
    'unlogged', r.relpersistence = 'u', 'rowSecurity', r.relrowsecurity, 'key', r.key, 'deferrableKey', r.deferrable,
    'rows', greatest(r.reltuples, 0), 'pages', r.relpages, 'analyzed', r.reltuples >= 0,
    'maxAttnum', r.relnatts, 'xid', r.xid, 'toast', r.reltoastrelid::bigint,
    'toastPages', coalesce((select t.relpages from pg_class t where t.oid = r.reltoastrelid), 0),
    'columns', coalesce((
      select json_agg(json_build_object(
        'attnum', a.attnum, 'name', a.attname, 'typeOid', a.atttypid::bigint, 'typmod', a.atttypmod, 'typeName', format_type(a.atttypid, a.atttypmod),
        -- A partitioned table has no rows: what older ones have is known of the partitions that
        -- hold them, the same for all of them.
        'missing', case when a.atthasmissing then array_to_string(a.attmissingval, '') when r.relkind = 'p' then (
          select min(array_to_string(m.attmissingval, '')) from tree t join pg_attribute m on m.attrelid = t.oid and m.attname = a.attname
          where t.root = a.attrelid and m.atthasmissing) end, 'notNull', a.attnotnull and not exists (
          -- Since 18 a constraint that is NOT VALID sets attnotnull as well, though older rows may
          -- have a NULL.
          select from pg_constraint v where v.conrelid = a.attrelid and v.contype = 'n' and not v.convalidated and v.conkey[1] = a.attnum),
        'generated', a.attgenerated,
        'replicated', a.attgenerated = '' or a.attgenerated = 's' and current_setting('server_version_num')::int >= 180000,
        'toastable', a.attlen = -1 and a.attstorage in ('x', 'e', 'm'),
        'partitionKey', a.attnum = any (coalesce((select p.partattrs::int2[] from pg_partitioned_table p where p.partrelid = a.attrelid), '{}')),
        'labels', case when a.atttypid >= 16384 then (
          select json_agg(l.line order by l.type, l.position)
          from (
            select e.enumtypid, e.enumsortorder, e.enumlabel::text from parts p join pg_enum e on e.enumtypid = p.oid where p.root = a.atttypid
            union all
            select y.oid, 0, '(' || string_agg(concat_ws(' ', t.attnum, t.atttypid, t.atttypmod), ',' order by t.attnum) || ')'
            from parts p join pg_type y on y.oid = p.oid join pg_attribute t on t.attrelid = y.typrelid and t.attnum > 0 and not t.attisdropped
            where p.root = a.atttypid group by y.oid
          ) l(type, position, line)) end,
        'version', a.xmin::text::bigint
      ) order by a.attnum) from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped), '[]'),
    'partitions', coalesce((case when r.relkind = 'p' then (
      select json_agg(json_build_object(
        'oid', l.oid::bigint, 'schema', l.nspname, 'name', l.relname, 'kind', l.relkind, 'identity', l.relreplident, 'filenode', l.relfilenode::bigint,
        'unlogged', l.relpersistence = 'u', 'key', l.key, 'xid', l.xid, 'toast', l.reltoastrelid::bigint, 'attached', l.attached, 'joined', l.joined, 'rows', greatest(l.reltuples, 0), 'pages', l.relpages, 'toastPages',
        coalesce((select t.relpages from pg_class t where t.oid = l.reltoastrelid), 0)
      ) order by l.oid) from relations l where l.root = r.oid and l.oid <> r.oid) end), '[]')
  ) as fact
from relations r where r.oid = r.root
union all
select 'type', json_build_object(
    'oid', y.oid::bigint, 'name', y.typname, 'kind', y.typtype,
    'extension', (
      select x.extname from pg_depend d join pg_extension x on x.oid = d.refobjid
      where d.classid = 'pg_type'::regclass and d.objid = y.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'),
    'baseOid', y.typbasetype::bigint, 'baseTypmod', y.typtypmod, 'delimiter', coalesce(e.typdelim, y.typdelim),
    'elementOid', case when y.typtype = 'b' and e.typarray = y.oid then e.oid::bigint else 0 end)
from types t join pg_type y on y.oid = t.oid left join pg_type e on e.oid = y.typelem
