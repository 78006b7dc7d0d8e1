import { qualifiedName } from '../../core/table.ts';
import { type CheckItem, checked } from './check-item.ts';
import type { SqlConnection } from '../session/connect.ts';

interface LeftOutRow {
  readonly kind: 'materialized view' | 'foreign table' | 'sequence';
  readonly schema: string;
  readonly name: string;
}

/**
 * Objects without changes in a logical stream that are no part of a table. Sequences that a column
 * uses are skipped, because the rows have their values.
 */
const LEFT_OUT = `
select case c.relkind when 'm' then 'materialized view' when 'f' then 'foreign table' else 'sequence' end as kind, n.nspname::text as schema, c.relname::text as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('m', 'f', 'S') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i', 'e'))
  and not exists (select from pg_depend d join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid where d.refobjid = c.oid)
order by 1, 2, 3`;
const LARGE_OBJECTS = 'select count(*)::float8 as count from pg_largeobject_metadata';
const NAMED = 5;

/**
 * One item for everything in the database that is never replicated, regardless of the chosen
 * tables.
 */
export async function readLeftOut(connection: SqlConnection): Promise<CheckItem> {
  const rows = await connection.query<LeftOutRow>(LEFT_OUT);
  const [large] = await connection.query<{ count: number }>(LARGE_OBJECTS);
  const objects = large?.count ?? 0;
  const names = rows.slice(0, NAMED).map(({ kind, schema, name }) => `${kind} ${qualifiedName(schema, name)}`);
  const more = rows.length > NAMED ? [`${rows.length - NAMED} more`] : [];
  const value = [...names, ...more, ...(objects > 0 ? [`${objects} large objects`] : [])].join(', ') || 'nothing';
  const hints = [
    rows.some(({ kind }) => kind === 'materialized view') ? '-- materialized views: create a view of the same query in the warehouse' : '',
    rows.some(({ kind }) => kind === 'foreign table') ? '-- foreign tables: replicate the server that has them' : '',
    rows.some(({ kind }) => kind === 'sequence') ? '-- sequences: rows carry the values they received' : '',
    objects > 0 ? '-- large objects: keep the bytes in a bytea column; lo_get(oid) reads them' : '',
  ];
  return checked('not replicated', value, value === 'nothing', { verdict: 'warn', fix: hints.filter((hint) => hint !== '').join('\n') });
}
