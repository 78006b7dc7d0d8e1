import { randomBytes } from 'node:crypto';
import { DatabaseError } from 'pg';
import { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlConnection } from '../session/connect.ts';
import { runDdl } from './ddl.ts';
import type { RelationIdentity } from '../catalog/identity.ts';

type Session = Pick<SqlConnection, 'query'>;

/** A row filter of a publication. */
export interface RowFilter {
  /** As Postgres prints it, in parentheses; selects the same rows as a WHERE clause. */
  readonly text: string;
  /** Names of the columns it uses. */
  readonly columns: readonly string[];
}

/**
 * Select list over `pg_publication_rel r`: the filter, and the columns that it depends on. 15 and
 * later.
 */
export const FILTER_COLUMNS = `
  pg_get_expr(r.prqual, r.prrelid) as text,
  coalesce((
    select json_agg(a.attname order by a.attnum) from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_publication_rel'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = r.prrelid
      and d.refobjsubid > 0), '[]') as columns`;

/** True where publications have row filters. */
export async function filtersRows(connection: Session): Promise<boolean> {
  const [server] = await connection.query<{ able: boolean }>(`select current_setting('server_version_num')::int >= 150000 as able`);
  return server?.able === true;
}

/**
 * Makes the server parse a filter: returns it as Postgres prints it, with the columns it uses.
 * Creates a publication with the filter and rolls it back, so nobody sees it. Like `ALTER
 * PUBLICATION … ADD TABLE`, this takes SHARE UPDATE EXCLUSIVE on the table for a moment. Throws
 * BAD_CONFIG when a publication cannot have this filter, SOURCE_BUSY when the lock was not
 * available.
 */
export async function readFilter(connection: Session, table: CatalogTable, where: string): Promise<RowFilter> {
  if (!(await filtersRows(connection))) throw refused('row filters need Postgres 15 or later', null);
  const probe = `tailrace_probe_${randomBytes(4).toString('hex')}`;
  await connection.query('begin');
  try {
    // The text may end with a comment; the line break ends it.
    await runDdl(
      connection,
      `create publication ${probe} for table only ${qualifiedName(table.schema, table.name)} where (${where}\n) with (publish = 'insert', publish_via_partition_root = true)`,
    );
    const [filter] = await connection.query<RowFilter>(
      `select ${FILTER_COLUMNS} from pg_publication p join pg_publication_rel r on r.prpubid = p.oid where p.pubname = '${probe}'`,
    );
    if (filter === undefined) throw new TailraceError('INTERNAL', 'a publication that was just created is missing');
    return filter;
  } catch (error) {
    if (error instanceof TailraceError && ['SOURCE_QUERY', 'SOURCE_REFUSED'].includes(error.code)) throw refused(serverText(error), error);
    throw error;
  } finally {
    await connection.query('rollback');
  }
}

/**
 * Why UPDATE and DELETE of the application would fail (42P10) with this filter published, and the
 * SQL that fixes it, one statement per line; null if they would not fail. A unique index with these
 * columns as the replica identity would fix it too.
 */
export function filterTrouble(table: CatalogTable, { columns }: RowFilter): { what: string; fix: string } | null {
  if (table.chosen.identity === 'append') return null;
  // Postgres checks the identity of the partition that is written.
  const relations = table.kind === 'p' ? table.partitions.filter(({ kind }) => kind === 'r') : [table];
  const lacking = relations.filter((relation) => columns.some((name) => !sends(relation, name)));
  const [first] = lacking;
  if (first === undefined) return null;
  const missing = columns.filter((name) => !sends(first, name));
  const names = lacking.map(({ schema, name }) => qualifiedName(schema, name));
  return {
    what: `its row filter uses ${missing.join(', ')}, which is not in its replica identity: UPDATE and DELETE of the application would fail`,
    fix: names.map((name) => `ALTER TABLE ${name} REPLICA IDENTITY FULL;`).join('\n'),
  };
}

/** Whether the old row of an update or delete in the WAL has the column. */
function sends({ identity, key }: RelationIdentity, name: string): boolean {
  return identity === 'f' || key.some((column) => column.name === name);
}

function refused(what: string, cause: unknown): TailraceError {
  return new TailraceError('BAD_CONFIG', what, { cause });
}

function serverText(error: TailraceError): string {
  if (!(error.cause instanceof DatabaseError)) return error.message;
  return [error.cause.message, error.cause.detail].filter((text) => text !== undefined).join(': ');
}
