import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

test('two lakes on one source follow it side by side, and the teardown of one leaves the other', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table t (id int primary key); insert into t values (1)');
  await using staying = createPipeline({ source: database.url });
  await using leaving = createPipeline({ source: database.url });
  await using run = staying.start(['run', ...PORTS]);
  await run.event('live');
  {
    await using other = leaving.start(['run', ...PORTS]);
    await other.event('live');
    await database.query('insert into t values (2)');
    await expectVerified(staying);
    await expectVerified(leaving);
    other.kill('SIGTERM');
    await other.ended();
  }
  const names = async (): Promise<string[]> =>
    (
      await database.query<{ name: string }>(
        'select slot_name::text as name from pg_replication_slots where database = current_database() union all select pubname::text from pg_publication order by 1',
      )
    ).map(({ name }) => name);
  const both = await names();
  expect((await leaving.cli(['teardown'])).code).toBe(0);
  const left = await names();
  expect(left.length).toBe(both.length / 2);
  expect(new Set(left.map((name) => /^tailrace_([0-9a-f]{8})/.exec(name)?.[1])).size).toBe(1);
  await database.query('update t set id = 3 where id = 1');
  await expectVerified(staying);
});
