import type { SqlConnection } from '../session/connect.ts';
import { publicationNames } from './publication-plan.ts';

/**
 * Marks that prove, by oid of the table, that its place in our publications is untouched: the row
 * of the publication and the entry of the table. They change with every change of options, filter
 * or column list, and when a table is removed and added again, even if the result is the same. A
 * table in no publication has no mark. `oids` null: all tables.
 */
export async function publicationMarks(
  connection: Pick<SqlConnection, 'query'>,
  name: string,
  oids: readonly number[] | null,
): Promise<Map<number, string>> {
  const { main, append } = publicationNames(name);
  // Before 15, `forgetDecisions` writes the row of `append`, so that row proves nothing.
  const rows = await connection.query<{ oid: number; mark: string }>(
    `select r.prrelid as oid, string_agg(r.oid || '.' || p.oid || '.' ||
       case when p.pubname = $1 or current_setting('server_version_num')::int >= 150000 then p.xmin::text else '' end, ' ' order by r.oid) as mark
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
     where p.pubname in ($1, $2) and ($3::oid[] is null or r.prrelid = any ($3::oid[])) group by 1`,
    [main, append, oids],
  );
  return new Map(rows.map(({ oid, mark }) => [oid, mark]));
}
