import { beforeAll, expect, test } from 'vitest';
import { copiedRows, finishedGeneration } from '../test/support/copied-table.ts';
import { eventually } from '../test/support/eventually.ts';
import { rulesOf } from '../test/support/narrowed.ts';
import { createDatabase, majorOf } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { TestLake } from '../test/support/replication.ts';
import { startSnapshotter } from '../test/support/snapshot-source.ts';

let tooOld = false;
beforeAll(async () => {
  await using database = await createDatabase();
  tooOld = (await majorOf(database)) < 15;
});
const TOO_OLD = 'row filters need Postgres 15';

async function copied(lake: TestLake, table: string): Promise<Record<string, string | null>[]> {
  return copiedRows(lake.store, await eventually(() => finishedGeneration(lake.store, table), `a copy of ${table}`));
}

test(
  'a row filter holds for copy and stream, also where an update crosses it, and a truncate is whole',
  { timeout: 240_000 },
  async ({ skip }) => {
    skip(tooOld, TOO_OLD);
    const rules = rulesOf({
      'public.orders': { where: 'tenant = 7', exclude: ['note'] },
      'public.parts': { where: "day >= '2026-01-01'" },
    });
    await using replication = await startReplication({
      rules,
      schema: `
      create table orders (id int, tenant int, note text, amount int, primary key (id, tenant));
      create table parts (id int, day date, primary key (id, day)) partition by range (day);
      create table parts_1 partition of parts for values from ('2025-01-01') to ('2026-01-01');
      create table parts_2 partition of parts for values from ('2026-01-01') to ('2027-01-01');
      insert into orders select i, i % 3 + 6, 'note', i from generate_series(1, 9) i;
      insert into parts values (1, '2025-06-01'), (2, '2026-06-01')`,
    });
    const { source, lake } = replication;
    await using _snapshotter = startSnapshotter({ database: source, store: lake.store, rules });
    expect((await copied(lake, 'public.orders')).map(({ id }) => id)).toEqual(['1', '4', '7']);
    expect((await copied(lake, 'public.parts')).map(({ id }) => id)).toEqual(['2']);

    await source.query(`
    insert into orders values (10, 6, 'x', 1), (11, 7, 'x', 1);
    update orders set amount = amount + 1;
    update orders set tenant = 7 where id = 10;
    update orders set tenant = 8 where id = 11;
    delete from orders where id in (1, 2);
    insert into parts values (3, '2025-07-01'), (4, '2026-07-01'); delete from parts where id = 1`);
    await source.query('truncate orders');
    const rows = await lake.rows('public.orders', 9);
    expect(rows.map(({ _tr_op: op, id }) => `${op}${id}`)).toEqual(['I11', 'U1', 'U4', 'U7', 'U11', 'I10', 'D11', 'D1', 'T0']);
    expect((await lake.rows('public.parts', 1)).map(({ _tr_op: op, id }) => `${op}${id}`)).toEqual(['I4']);
  },
);

test('an unchanged filter needs no new copy, a changed one does', { timeout: 240_000 }, async ({ skip }) => {
  skip(tooOld, TOO_OLD);
  await using replication = await startReplication({
    rules: rulesOf({ 'public.orders': { where: 'id > 5' } }),
    schema: 'create table orders (id int primary key, n int); create table other (id int primary key)',
  });
  const { source, lake } = replication;
  await lake.event('published', 'public.orders');
  await replication.stop();
  // As a VACUUM holds it: under the same configuration the server need not be asked what the filter
  // means.
  await source.query('begin; lock table orders in share update exclusive mode');
  await replication.start().ready();
  await replication.beats(2);
  await source.query('commit');
  await replication.stop();
  await replication.start({ rules: rulesOf({ 'public.orders': { where: 'id > 5' }, 'public.other': {} }) }).ready();
  await source.query('insert into orders values (5, 5), (6, 6)');
  expect((await lake.rows('public.orders', 1)).map(({ id }) => id)).toEqual(['6']);
  await replication.beats(2);
  expect(await lake.resyncs()).toEqual([]);
  expect((await lake.eventKinds()).toSorted()).toEqual(['published', 'published', 'schema', 'schema']);
  await replication.stop();
  await replication.start({ rules: rulesOf({ 'public.orders': { where: 'id > 4' } }) }).ready();
  await source.query('insert into orders values (4, 4), (7, 7)');
  await replication.beats(2);
  expect((await lake.resyncs()).map(({ reason }) => reason)).toEqual(['its row filter changed']);
  expect((await lake.rows('public.orders', 2)).map(({ id }) => id)).toEqual(['6', '7']);
});

test(
  'an identity that lacks a column of the filter removes the table before its updates fail for long, and adds it again later',
  { timeout: 240_000 },
  async ({ skip }) => {
    skip(tooOld, TOO_OLD);
    await using replication = await startReplication({
      rules: rulesOf({ 'public.orders': { where: 'tenant = 7' } }),
      schema: 'create table orders (id int primary key, tenant int); alter table orders replica identity full',
    });
    const { source, lake } = replication;
    await lake.event('published', 'public.orders');
    await source.query('insert into orders values (1, 7)');
    await source.query('alter table orders replica identity default');
    await eventually(
      () =>
        source.query('update orders set tenant = 7').then(
          () => true,
          () => undefined,
        ),
      'updates to work',
    );
    const held = await lake.event('held', 'public.orders');
    expect(held.reason).toMatch(/UPDATE and DELETE of the application would fail\. ALTER TABLE public\.orders REPLICA IDENTITY FULL;/);
    await source.query('insert into orders values (2, 7)');
    await source.query('alter table orders replica identity full');
    const back = await lake.event('resync', 'public.orders');
    expect(back.reason).toBe('it was held back for a while');
    await source.query('insert into orders values (3, 7); update orders set tenant = 8 where id = 3');
    const rows = await eventually(async () => {
      const found = await lake.rows('public.orders', 1);
      return found.at(-1)?.['_tr_op'] === 'D' ? found : undefined;
    }, 'the row that left');
    expect(rows.slice(-2)).toMatchObject([
      { id: '3', _tr_op: 'I' },
      { id: '3', _tr_op: 'D' },
    ]);
  },
);

test(
  'a row that enters the filter by a key change arrives as an insert without its unchanged large values',
  { timeout: 240_000 },
  async ({ skip }) => {
    skip(tooOld, TOO_OLD);
    await using replication = await startReplication({
      rules: rulesOf({ 'public.orders': { where: 'tenant = 7', mask: { secret: 'sha256' } } }),
      schema: `create table orders (id int, tenant int, big text, secret text, primary key (id, tenant));
      alter table orders alter big set storage external, alter secret set storage external;
      insert into orders values (1, 6, repeat('b', 10000), repeat('s', 10000))`,
    });
    const { source, lake } = replication;
    await source.query('update orders set tenant = 7');
    const [row] = await lake.rows('public.orders', 1);
    expect(row).toMatchObject({ _tr_op: 'I', id: '1', tenant: '7', big: null, secret: null, _tr_unchanged: String.raw`\x0c` });
  },
);
