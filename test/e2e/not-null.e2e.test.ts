import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

async function ask(pipeline: Pipeline, sql: string): Promise<string[]> {
  const asked = await pipeline.cli(['sql', sql]);
  expect(asked, asked.stderr).toMatchObject({ code: 0 });
  return asked.stdout.trim().split('\n');
}

/** Names of a table's columns that are Nullable in its view. */
async function nullable(pipeline: Pipeline, table: string): Promise<string> {
  const sql = `SELECT arrayStringConcat(groupArray(name), ' ') FROM
    (SELECT name FROM system.columns WHERE database = 'public' AND table = '${table}' AND type LIKE '%Nullable(%' ORDER BY position)`;
  return (await ask(pipeline, sql)).join('');
}

const LATE = chosenVersion() >= 18 ? 'alter table later add constraint v_sure not null v not valid;' : '';

test('a column that is NOT NULL at the source is not Nullable, and a change of that follows in order', async () => {
  await using database = await createDatabase();
  await database.query(`
    create domain sure as int not null;
    create type mood as enum ('sad', 'ok');
    create table t (id int primary key, doc jsonb not null, n numeric not null, m mood not null, s interval not null, at timestamptz not null, d sure,
      big text not null, loose text);
    alter table t alter big set storage external;
    insert into t select i, '[1,2]', 1.5, 'ok', '1 day', now(), 1, repeat(md5(i::text), 100), null from generate_series(1, 3) i;
    create table later (id int primary key, v int); insert into later values (1, null);
    ${LATE}
    create table parts (id int not null, v text not null) partition by range (id);
    create table parts_1 partition of parts for values from (0) to (10);
    insert into parts values (1, 'a')`);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  await expectVerified(pipeline);
  expect(await nullable(pipeline, 't')).toBe('d loose');
  expect(await nullable(pipeline, 't__exact')).toBe('d loose _tr_exact');
  expect(await nullable(pipeline, 'parts')).toBe('');
  expect(await nullable(pipeline, 'later')).toBe('v');
  expect(await ask(pipeline, 'SELECT * FROM public.later')).toEqual(['1\t\\N']);
  expect(await ask(pipeline, `SELECT JSONExtract(doc, 'Array(Int32)'), s.days, toTypeName(m) FROM public.t WHERE id = 1`)).toEqual([
    '[1,2]\t1\tLowCardinality(String)',
  ]);

  // In one burst, so that no look at the catalog can fall between: it is NOT NULL before and after,
  // and NULL in the middle.
  await database.query(`
    begin; alter table t alter doc drop not null; insert into t values (4, null, 1, 'ok', '1 day', now(), 1, 'b', null); commit;
    delete from t where id = 4;
    alter table t alter doc set not null;
    update t set loose = 'x'`);
  await expectVerified(pipeline);
  expect(await ask(pipeline, 'SELECT id, doc, loose FROM public.t ORDER BY id')).toEqual(['1\t[1, 2]\tx', '2\t[1, 2]\tx', '3\t[1, 2]\tx']);

  await database.query(
    `alter table t alter at drop not null, alter big drop not null, alter s drop not null; alter table parts alter v drop not null`,
  );
  await database.query(
    `update t set at = null, big = null, s = null where id = 1; update t set n = 'NaN' where id = 2; insert into parts values (2, null)`,
  );
  await expectVerified(pipeline);
  expect(await ask(pipeline, 'SELECT id FROM public.t WHERE at IS NULL AND big IS NULL AND s IS NULL')).toEqual(['1']);
  expect(await ask(pipeline, 'SELECT id, v FROM public.parts ORDER BY id')).toEqual(['1\ta', '2\t\\N']);
  expect(await ask(pipeline, 'SELECT id FROM public.t WHERE n IS NULL')).toEqual(['2']);
  expect((await nullable(pipeline, 't')).split(' ')).toEqual(expect.arrayContaining(['n', 's', 'at', 'big', 'd', 'loose']));

  await database.query(`
    delete from t where id = 1; update t set n = 2; update later set v = 5;
    alter table t alter at set not null, alter big set not null, alter s set not null, alter loose set not null;
    ${LATE === '' ? 'alter table later alter v set not null' : 'alter table later validate constraint v_sure'};
    alter table t add column made int not null default 7;
    create table young (id int primary key, v text not null); insert into young values (1, 'y')`);
  await expectVerified(pipeline);
  expect(await nullable(pipeline, 't')).toBe('d');
  expect(await nullable(pipeline, 'young')).toBe('');
  expect(await nullable(pipeline, 'later')).toBe('');
  expect(await ask(pipeline, 'SELECT id, n, made FROM public.t ORDER BY id')).toEqual(['2\t2\t7', '3\t2\t7']);
  const generations = await ask(pipeline, `SELECT max(generation) FROM tailrace.tables FINAL WHERE NOT gone`);
  expect(generations).toEqual(['1']);
});
