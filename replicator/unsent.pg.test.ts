import { beforeAll, expect, test } from 'vitest';
import { openLake } from '../lake/lake-identity.ts';
import { eventually } from '../test/support/eventually.ts';
import { createDatabase, majorOf } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';

const SCHEMA = `
  create table items (id int primary key, note text);
  create table parts (id int primary key) partition by range (id); create table parts_1 partition of parts for values from (0) to (100);
  create table loose (note text)`;
const REASON = 'for a while its publication did not send all of its changes';
/** No look comes by itself. */
const NEVER = { schema: SCHEMA, heartbeatMs: 3_600_000 };

let major = 0;
beforeAll(async () => {
  await using database = await createDatabase();
  major = await majorOf(database);
});

async function publicationOf({ lake }: Replication): Promise<string> {
  return (await openLake(lake.store, null)).name;
}

/** Has the replicator look at the catalog. */
async function look({ source }: Replication): Promise<void> {
  await source.query(`select pg_logical_emit_message(true, 'tailrace', 'look:1')`);
}

async function copiedAgain({ lake }: Replication): Promise<string[]> {
  return (await lake.events()).filter(({ kind }) => kind === 'resync').map(({ table }) => table);
}

const ALL = ['public.items', 'public.parts'];

/**
 * What somebody does to publication `p`, and undoes, and the tables of which something may not have
 * been sent.
 */
const TAMPERINGS: readonly [what: string, since: number, [done: string, undone: string], tables: readonly string[]][] = [
  [
    'operations were left out',
    14,
    [`alter publication p set (publish = 'insert')`, `alter publication p set (publish = 'insert, update, delete, truncate')`],
    ALL,
  ],
  [
    'partitions were published as such',
    14,
    ['alter publication p set (publish_via_partition_root = false)', 'alter publication p set (publish_via_partition_root = true)'],
    ALL,
  ],
  [
    'a table was taken out and put in again',
    14,
    ['alter publication p drop table items', 'alter publication p add table only items'],
    ['public.items'],
  ],
  [
    'all tables were taken out but one',
    14,
    ['alter publication p set table only items', 'alter publication p set table only items, only parts'],
    ['public.parts'],
  ],
  [
    'a row filter was set',
    15,
    ['alter publication p set table only items where (id > 5), only parts', 'alter publication p set table only items, only parts'],
    ['public.items'],
  ],
  [
    'a column list was set',
    15,
    ['alter publication p set table only items (id), only parts', 'alter publication p set table only items, only parts'],
    ['public.items'],
  ],
  [
    'generated columns were left out',
    18,
    ['alter publication p set (publish_generated_columns = none)', 'alter publication p set (publish_generated_columns = stored)'],
    ALL,
  ],
];

test.each(TAMPERINGS)('%s for a while, between two looks: its tables are copied again', async (_what, since, [done, undone], tables) => {
  if (major < since) return expect(major).toBeLessThan(since);
  await using replication = await startReplication(NEVER);
  const { lake, source } = replication;
  await lake.event('published', 'public.parts');
  const p = await publicationOf(replication);
  const as = (sql: string): string => sql.replaceAll(/\bp\b(?! set \()/g, p).replaceAll(/publication p set/g, `publication ${p} set`);
  await source.query(as(done));
  await source.query(`insert into items values (1, 'a'); update items set note = 'b'; delete from items`);
  await source.query(as(undone));
  await look(replication);
  const copied = async (): Promise<boolean> => (await copiedAgain(replication)).length >= tables.length;
  await eventually(copied, 'copies that are asked for');
  expect((await copiedAgain(replication)).toSorted()).toEqual(tables);
});

test('missing operations are restored at the next look, and the tables of that publication are copied again', async () => {
  await using replication = await startReplication(NEVER);
  const { lake, source } = replication;
  await lake.event('published', 'public.loose');
  await source.query(`alter publication ${await publicationOf(replication)} set (publish = 'insert')`);
  await source.query(`insert into items values (1, 'a'); update items set note = 'b'`);
  await look(replication);
  for (const table of ALL) await lake.event('resync', table);
  expect((await copiedAgain(replication)).toSorted()).toEqual(ALL);
  await source.query(`update items set note = 'c'`);
  expect((await lake.rows('public.items', 2)).map(({ _tr_op: op, note }) => `${op}${note}`)).toEqual(['Ia', 'Uc']);
});

test('tables that were not published while no replicator ran are copied again', async () => {
  await using replication = await startReplication(NEVER);
  const { lake, source } = replication;
  await lake.event('published', 'public.items');
  await replication.stop();
  const p = await publicationOf(replication);
  await source.query(`alter publication ${p}_append set (publish = 'truncate')`);
  await source.query(`insert into loose values ('never sent')`);
  await replication.start().ready();
  expect(await lake.event('resync', 'public.loose')).toMatchObject({ reason: REASON });
  expect(await copiedAgain(replication)).toEqual(['public.loose']);
});

test('schemas that someone published are removed, and the tables of the publication are copied again', async () => {
  if (major < 15) return expect(major).toBeLessThan(15);
  await using replication = await startReplication(NEVER);
  const { lake, source } = replication;
  await lake.event('published', 'public.loose');
  await source.query(`alter publication ${await publicationOf(replication)} add tables in schema public`);
  await look(replication);
  for (const table of ALL) expect(await lake.event('resync', table)).toMatchObject({ reason: REASON });
  // In between, a table without identity was published with its updates.
  await source.query(`insert into loose values ('a'); update loose set note = 'b'`);
});

test('restarts, looks, new tables and copies of other tables are no reason to copy a table again', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  const { lake, source } = replication;
  await lake.event('published', 'public.loose');
  await source.query(`create table more (id int primary key); alter table items alter note type int using 1`);
  await lake.event('resync', 'public.items');
  await replication.beats(2);
  for (let restart = 0; restart < 2; restart += 1) {
    await replication.stop();
    await replication.start().ready();
    await replication.beats(2);
  }
  expect((await lake.events()).filter(({ kind }) => kind === 'resync').map(({ table }) => table)).toEqual(['public.items']);
});
