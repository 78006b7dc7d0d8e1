import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

test('what was made, dropped or emptied without a row in the stream is known when await returns', async () => {
  await using database = await createDatabase();
  await database.query(`
    create table gone (id int primary key);
    create table visits (id int, day date, primary key (id, day)) partition by range (day);
    create table visits_1 partition of visits for values from ('2025-01-01') to ('2026-01-01');
    create table visits_2 partition of visits for values from ('2026-01-01') to ('2027-01-01');
    insert into visits select i, date '2025-12-01' + i from generate_series(1, 60) i`);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1h' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');

  await database.query('drop table gone; drop table visits_1; create table made (id int primary key); insert into made values (1)');
  await expectVerified(pipeline);
  const rows = await pipeline.cli(['sql', 'SELECT (SELECT count() FROM public.made), (SELECT count() FROM public.visits)']);
  expect(rows.stdout.trim()).toBe('1\t30');
});
