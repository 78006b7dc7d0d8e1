import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

test(
  'await waits for the new copy of a table that was asked for, so that what is read afterwards is the new one',
  {
    timeout: 600_000,
  },
  async () => {
    await using database = await createDatabase();
    await database.query('create table t (id int primary key); insert into t select generate_series(1, 1000)');
    await using pipeline = createPipeline({ source: database.url });
    await pipeline.start(['run', '--sql-port', '0', '--http-port', '0']).event('live');
    expect(await pipeline.cli(['resync', 'public.t'])).toMatchObject({ code: 0 });
    await expectVerified(pipeline);
    const live = await pipeline.cli(['sql', "select generation from tailrace.generations final where state = 'live'"]);
    expect(live.stdout.trim()).toBe('2');
  },
);
