import { TailraceError } from '../../core/errors.ts';
import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlConnection } from '../session/connect.ts';
import { runDdl } from './ddl.ts';
import { readObstacles } from './obstacle.ts';
import { FILTER_COLUMNS, filtersRows } from './row-filter.ts';
import { planPublications, publicationNames } from './publication-plan.ts';
import type { PublicationNames, PublicationStep, PublishedTable } from './publication-plan.ts';

export { publicationNames, type PublishedTable } from './publication-plan.ts';

/** What `ensurePublications` did, tables as `schema.table`. */
export interface PublicationChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /**
   * Some of their changes may not have been sent until now: they went from one publication to the
   * other, because what tells their rows apart came or went, or somebody had changed what is
   * published.
   */
  readonly moved: readonly string[];
  /** Could not be changed (not ours, locked, gone); the others were. */
  readonly failed: readonly FailedChange[];
}

/** A table whose place in the publications is not what it should be. */
export interface FailedChange {
  readonly oid: number;
  readonly table: string;
  /** SOURCE_BUSY while a lock is in the way. */
  readonly error: TailraceError;
}

/**
 * `pg_publication` row of one of ours; an oid that changed means that changes were missed in
 * between.
 */
export interface PublicationFacts {
  readonly oid: number;
  readonly name: string;
}

const EVERY_OPERATION = 'insert, update, delete, truncate';

type Session = Pick<SqlConnection, 'query'>;

/**
 * Makes the two publications of `name` if they are missing and gives them exactly `tables`. To be
 * called before the slot is made.
 *
 * ADD and DROP TABLE take SHARE UPDATE EXCLUSIVE, which blocks no reads and no writes, and wait at
 * most the session's lock_timeout. What cannot be done, or would wait for a lock, is not tried: the
 * source's log stays free of our errors, and no table waits for another's lock. One table's failure
 * does not keep the others out. Throws when the publications themselves cannot be made.
 */
export async function ensurePublications(
  connection: Session,
  { name, tables }: { name: string; tables: readonly CatalogTable[] },
): Promise<PublicationChanges> {
  const names = publicationNames(name);
  const wrong = await createPublications(connection, names);
  const done = { add: [] as string[], remove: [] as string[], move: [] as string[] };
  const published = await publishedTables(connection, name);
  const unsent = published.filter(
    ({ oid, appendOnly }) => tables.some((table) => table.oid === oid) && wrong.has(appendOnly ? names.append : names.main),
  );
  const failed: FailedChange[] = [];
  const planned = planPublications(names, published, tables);
  const obstacles = await readObstacles(
    connection,
    planned.map(({ oid }) => oid),
    { purpose: 'publish', publication: name, role: 'own' },
  );
  const steps = planned.filter(({ kind, oid, table }) => {
    const obstacle = obstacles.get(oid);
    // To leave a publication a table needs no owner.
    if (obstacle === undefined || (kind === 'remove' && obstacle.state === 'unpublished')) return true;
    failed.push({ oid, table, error: obstacle.error });
    return false;
  });
  const together = await addTogether(connection, steps);
  for (const step of steps) {
    if (together.has(step)) {
      done.add.push(step.table);
      continue;
    }
    try {
      await runDdl(connection, step.sql);
      done[step.kind].push(step.table);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code === 'SOURCE_UNREACHABLE') throw error;
      failed.push({ oid: step.oid, table: step.table, error });
    }
  }
  const moved = new Set([...done.move, ...unsent.map((table) => qualifiedName(table.schema, table.name))]);
  return { added: done.add, removed: done.remove, moved: [...moved], failed };
}

/**
 * Each takes a lock or two until the transaction ends, of which a server has a few thousand for all
 * that it does.
 */
const TOGETHER = 200;

/**
 * Adds new tables many at a time, as one by one a thousand take seconds, in which whoever looks
 * takes the first for all. Returns those added; one that is in the way leaves its neighbours to be
 * added one by one.
 */
async function addTogether(connection: Session, steps: readonly PublicationStep[]): Promise<ReadonlySet<PublicationStep>> {
  const adds = steps.filter(({ kind }) => kind === 'add');
  const added = new Set<PublicationStep>();
  for (let from = 0; from < adds.length && adds.length > 1; from += TOGETHER) {
    const some = adds.slice(from, from + TOGETHER);
    try {
      await runDdl(connection, some.map(({ sql }) => sql).join('; '));
      for (const step of some) added.add(step);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code === 'SOURCE_UNREACHABLE') throw error;
    }
  }
  return added;
}

/** The tables of both publications, with the name they have now. */
export async function publishedTables(connection: Session, name: string): Promise<PublishedTable[]> {
  const { main, append } = publicationNames(name);
  const filter = (await filtersRows(connection)) ? FILTER_COLUMNS : `null as text, '[]'::json as columns`;
  const rows = await connection.query<Omit<PublishedTable, 'filter'> & { text: string | null; columns: string[] }>(
    `select c.oid, n.nspname as schema, c.relname as name, p.pubname = $2 as "appendOnly",
       coalesce(to_jsonb(r) -> 'prattrs' <> 'null', false) as "hasColumnList", ${filter}
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
       join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
     where p.pubname in ($1, $2) order by 2, 3`,
    [main, append],
  );
  return rows.map(({ text, columns, ...table }) => ({ ...table, filter: text === null ? null : { text, columns } }));
}

/** Our publications that exist: both, one or none. */
export async function readPublications(connection: Session, name: string): Promise<PublicationFacts[]> {
  const { main, append } = publicationNames(name);
  return connection.query<PublicationFacts>('select oid, pubname as name from pg_publication where pubname in ($1, $2) order by 2', [
    main,
    append,
  ]);
}

/** Oids of our publications that exist, in order. One that is made anew has another oid. */
export async function publicationOids(connection: Session, name: string): Promise<number[]> {
  return (await readPublications(connection, name)).map(({ oid }) => oid).toSorted((a, b) => a - b);
}

/**
 * Has every walsender decide anew how it sends the relations of the publications `name`. Before 15,
 * one that became a partition, or ceased to be one, is sent the way it was before for as long as
 * the walsender lives: not at all, or as rows of the table it left (rel_sync_cache_relation_cb of
 * pgoutput.c forgets the columns only). Written again, any publication makes it forget the rest
 * too: `append`, as `main` shows by its row that nobody else changed it (publication-marks.ts).
 * From 15 on nothing is done.
 */
export async function forgetDecisions(connection: Session, name: string): Promise<void> {
  const [server] = await connection.query<{ keeps: boolean }>(`select current_setting('server_version_num')::int < 150000 as keeps`);
  if (server?.keeps !== true) return;
  const { append } = publicationNames(name);
  await runDdl(connection, `alter publication ${quoteIdent(append)} set (publish = 'insert, truncate')`);
}

/** Drops both publications; nothing happens to one that is not there. */
export async function dropPublications(connection: Session, name: string): Promise<void> {
  const { main, append } = publicationNames(name);
  await runDdl(connection, `drop publication if exists ${quoteIdent(main)}, ${quoteIdent(append)}`);
}

interface PublicationOptions {
  readonly name: string;
  readonly right: boolean;
  readonly everything: boolean;
}

/** Returns the names of those that were there and did not publish what they should. */
async function createPublications(connection: Session, names: PublicationNames): Promise<ReadonlySet<string>> {
  const { main, append } = names;
  const wrong = await dropSchemas(connection, names);
  const [server] = await connection.query<{ generated: boolean }>(
    `select current_setting('server_version_num')::int >= 180000 as generated`,
  );
  const found = await connection.query<PublicationOptions>(
    `select pubname as name, puballtables as everything, pubviaroot and pubinsert and pubtruncate and pubupdate = (pubname = $1) and pubdelete = (pubname = $1)
       and coalesce(to_jsonb(p) ->> 'pubgencols', 's') = 's' as right
     from pg_publication p where pubname in ($1, $2)`,
    [main, append],
  );
  for (const [name, operations] of [
    [main, EVERY_OPERATION],
    [append, 'insert, truncate'],
  ] as const) {
    const options = `publish = '${operations}', publish_via_partition_root = true${server?.generated ? ', publish_generated_columns = stored' : ''}`;
    const old = found.find((publication) => publication.name === name);
    if (old?.everything)
      throw new TailraceError('SOURCE_REFUSED', `publication ${name} is FOR ALL TABLES`, { hint: 'Drop it; tailrace makes its own.' });
    if (old === undefined) await runDdl(connection, `create publication ${quoteIdent(name)} with (${options})`);
    else if (!old.right) {
      await runDdl(connection, `alter publication ${quoteIdent(name)} set (${options})`);
      wrong.add(name);
    }
  }
  return wrong;
}

/**
 * 15 and later: somebody had a publication of ours send whole schemas. Filters do not hold then,
 * and tables are published whose updates fail. Returns the names of those that did.
 */
async function dropSchemas(connection: Session, { main, append }: PublicationNames): Promise<Set<string>> {
  if (!(await filtersRows(connection))) return new Set();
  const found = await connection.query<{ name: string; schema: string }>(
    `select p.pubname as name, n.nspname as schema from pg_publication p join pg_publication_namespace s on s.pnpubid = p.oid
       join pg_namespace n on n.oid = s.pnnspid where p.pubname in ($1, $2)`,
    [main, append],
  );
  for (const { name, schema } of found)
    await runDdl(connection, `alter publication ${quoteIdent(name)} drop tables in schema ${quoteIdent(schema)}`);
  return new Set(found.map(({ name }) => name));
}
