import { TailraceError } from '../../core/errors.ts';
import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlConnection } from '../session/connect.ts';
import { runDdl } from './ddl.ts';
import { readObstacles } from './obstacle.ts';
import { FILTER_COLUMNS, filtersRows } from './row-filter.ts';
import { planPublications, publicationNames } from './publication-plan.ts';
import type { PublicationNames, PublicationStep, PublishedTable } from './publication-plan.ts';

/** What `ensurePublications` did. Tables are `schema.table`. */
export interface PublicationChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /**
   * Some changes of these tables may not have been sent until now. Either they moved from one
   * publication to the other, because their identity changed, or someone had changed the
   * publication.
   */
  readonly moved: readonly string[];
  /** Tables that could not be changed (not ours, locked, gone). All others were. */
  readonly failed: readonly FailedChange[];
}

/** A table whose place in the publications is wrong. */
export interface FailedChange {
  readonly oid: number;
  readonly table: string;
  /** SOURCE_BUSY while a lock is in the way. */
  readonly error: TailraceError;
}

/**
 * The `pg_publication` row of one of ours. A changed oid means that changes were missed in between.
 */
export interface PublicationFacts {
  readonly oid: number;
  readonly name: string;
}

const EVERY_OPERATION = 'insert, update, delete, truncate';

type Session = Pick<SqlConnection, 'query'>;

/**
 * Creates the two publications of `name` if they are missing, and gives them exactly `tables`. Call
 * it before the slot is created.
 *
 * ADD and DROP TABLE take SHARE UPDATE EXCLUSIVE, which blocks no reads or writes, and wait for at
 * most the session's lock_timeout. Steps that would fail or wait for a lock are skipped: they would
 * put errors into the source's log and delay other tables. One failed table does not keep out the
 * others. Throws when the publications themselves cannot be created.
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
    // Removing a table from a publication does not require its owner.
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
 * Tables per transaction: each takes one or two locks until its end, and a server has a few
 * thousand locks in all.
 */
const TOGETHER = 200;

/**
 * Adds new tables many at a time. One by one, a thousand take seconds, and a reader during that
 * time would take the first few for all. Returns the added ones; after a failure, the caller adds
 * the others one by one.
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

/** The tables of both publications, with their current names. */
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

/** Reads our publications: both, one or none. */
export async function readPublications(connection: Session, name: string): Promise<PublicationFacts[]> {
  const { main, append } = publicationNames(name);
  return connection.query<PublicationFacts>('select oid, pubname as name from pg_publication where pubname in ($1, $2) order by 2', [
    main,
    append,
  ]);
}

/**
 * Oids of our publications, in order. A publication that was dropped and created again has a new
 * oid.
 */
export async function publicationOids(connection: Session, name: string): Promise<number[]> {
  return (await readPublications(connection, name)).map(({ oid }) => oid).toSorted((a, b) => a - b);
}

/**
 * Makes every walsender decide again how it sends the relations of the publications `name`. Before
 * 15, a relation that became a partition, or stopped being one, is sent as before until the
 * walsender ends: not at all, or as rows of its former parent (rel_sync_cache_relation_cb in
 * pgoutput.c forgets only the columns). Writing any publication makes it forget the rest too. We
 * write `append`, because the row of `main` proves that nobody else changed it
 * (publication-marks.ts). Does nothing on 15 and later.
 */
export async function forgetDecisions(connection: Session, name: string): Promise<void> {
  const [server] = await connection.query<{ keeps: boolean }>(`select current_setting('server_version_num')::int < 150000 as keeps`);
  if (server?.keeps !== true) return;
  const { append } = publicationNames(name);
  await runDdl(connection, `alter publication ${quoteIdent(append)} set (publish = 'insert, truncate')`);
}

/** Drops both publications, if they exist. */
export async function dropPublications(connection: Session, name: string): Promise<void> {
  const { main, append } = publicationNames(name);
  await runDdl(connection, `drop publication if exists ${quoteIdent(main)}, ${quoteIdent(append)}`);
}

interface PublicationOptions {
  readonly name: string;
  readonly right: boolean;
  readonly everything: boolean;
}

/** Creates missing publications. Returns the names of existing ones that had the wrong options. */
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
      throw new TailraceError('SOURCE_REFUSED', `publication ${name} is FOR ALL TABLES`, { hint: 'Drop it; tailrace creates its own.' });
    if (old === undefined) await runDdl(connection, `create publication ${quoteIdent(name)} with (${options})`);
    else if (!old.right) {
      await runDdl(connection, `alter publication ${quoteIdent(name)} set (${options})`);
      wrong.add(name);
    }
  }
  return wrong;
}

/**
 * Removes whole schemas that someone added to our publications (15 and later). With them, filters
 * do not apply, and tables are published whose updates then fail. Returns the names of the
 * publications that had schemas.
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
