import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseLsn } from '../core/lsn.ts';
import { eventually } from '../test/support/eventually.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres.ts';
import { type Replication, startReplication } from '../test/support/replication.ts';

let server: PostgresServer;
let replication: Replication;
beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: '5' } });
  replication = await startReplication({
    server,
    schema: `create table one (id int primary key); create table two (id serial primary key, one int references one);
      create table three (id int primary key); create table again (id int primary key); create table copied (id int primary key)`,
  });
  await replication.lake.event('published', 'public.two');
});
afterAll(async () => {
  await replication[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Resolves when the lake has everything that is committed now. */
async function caughtUp(): Promise<void> {
  const [now] = await replication.source.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  await eventually(async () => parseLsn((await replication.lake.last()).to) >= parseLsn(now?.lsn ?? '0/0'), 'the lake to have all of it');
}

async function ids(table: string): Promise<(string | null | undefined)[]> {
  return (await replication.lake.files(`public.${table}`)).flat().map((row) => (row['_tr_op'] === 'T' ? 'T' : row['id']));
}

test('a prepared transaction arrives whole when it is committed, and one that is rolled back never arrives', async () => {
  const { source } = replication;
  await source.query(`begin; insert into three values (1), (2); prepare transaction 'kept'`);
  await source.query(`begin; insert into three values (3); prepare transaction 'not kept'`);
  await source.query('insert into three values (4)');
  await caughtUp();
  expect(await ids('three')).toEqual(['4']);
  await source.query(`rollback prepared 'not kept'`);
  await source.query(`commit prepared 'kept'`);
  await caughtUp();
  expect(await ids('three')).toEqual(['4', '1', '2']);
});

test('subtransactions that were rolled back, among ten thousand, never arrive', async () => {
  await replication.source.query(`do $$ begin
    for i in 1..10000 loop
      begin
        insert into again values (i);
        if i % 2 = 0 then raise exception 'not this one'; end if;
      exception when raise_exception then null;
      end;
    end loop; end $$`);
  await caughtUp();
  const found = await ids('again');
  expect(found.length).toBe(5000);
  expect(found.every((id, index) => id === String(2 * index + 1))).toBe(true);
});

test('all rows of one COPY, which share one LSN, arrive in order', async () => {
  await replication.source.query('insert into copied select generate_series(1, 3000)');
  await caughtUp();
  const rows = (await replication.lake.files('public.copied')).flat();
  expect(rows.map((row) => row['_tr_ordinal'])).toEqual(Array.from({ length: 3000 }, (_, index) => String(index + 1)));
});

test('transactions of another origin and messages of others change nothing for the rows between them', async () => {
  const { source } = replication;
  await source.query(`select pg_replication_origin_create('elsewhere')`);
  await source.query(`select pg_replication_origin_session_setup('elsewhere')`);
  await source.query(`begin; select pg_logical_emit_message(true, 'theirs', 'x'), pg_logical_emit_message(false, 'theirs', 'y');
    select pg_replication_origin_xact_setup('0/1234', now()); insert into one values (1); commit`);
  await source.query('select pg_replication_origin_session_reset()');
  await source.query(`select pg_logical_emit_message(false, 'theirs', 'z'); select pg_logical_emit_message(true, 'theirs', 'z')`);
  await source.query('insert into one values (2)');
  await caughtUp();
  expect(await ids('one')).toEqual(['1', '2']);
});

test('messages of others are not kept: more of them than fits into memory holds nothing up', async () => {
  const { source } = replication;
  for (const transactional of [false, true])
    await source.query(`select pg_logical_emit_message(${transactional}, 'theirs', repeat('x', 1048576)) from generate_series(1, 110)`);
  await source.query('insert into three values (9)');
  await caughtUp();
  expect((await ids('three')).at(-1)).toBe('9');
});

test('a truncate with CASCADE and RESTART IDENTITY reaches every table in its place between the rows of its transaction', async () => {
  const { source } = replication;
  await source.query(`begin; insert into two (one) values (2), (2); truncate one restart identity cascade;
    insert into one values (7); insert into two (one) values (7); commit`);
  await caughtUp();
  expect((await ids('one')).slice(-2)).toEqual(['T', '7']);
  expect(await ids('two')).toEqual(['1', '2', 'T', '1']);
});

test('transactions without rows of ours make no batch of their own, even on versions that send them', async () => {
  const { source, lake } = replication;
  await source.query('create unlogged table elsewhere (id int)');
  await caughtUp();
  const before = await lake.manifests();
  for (let i = 0; i < 50; i += 1) await source.query('insert into elsewhere values (1)');
  await caughtUp();
  const after = (await lake.manifests()).slice(before.length);
  expect(after.flatMap(({ files }) => files)).toEqual([]);
  expect(after.every(({ heartbeat }) => heartbeat)).toBe(true);
});

test('a table dropped and created again under its name is another table, with only its own rows', async () => {
  const { source, lake } = replication;
  const first = await lake.event('published', 'public.again');
  await source.query('drop table again; create table again (id int primary key, note text)');
  await lake.event('dropped', 'public.again');
  const second = await eventually(
    async () =>
      (await lake.events()).find(
        ({ kind, table, tableId }) => kind === 'published' && table === 'public.again' && tableId !== first.tableId,
      ),
    'the new table',
  );
  await source.query(`insert into again values (1, 'x')`);
  await caughtUp();
  const files = (await lake.manifests()).flatMap((manifest) => manifest.files).filter((file) => file.table === 'public.again');
  expect(files.filter(({ tableId }) => tableId === second.tableId).map(({ rows }) => rows)).toEqual([1]);
});
