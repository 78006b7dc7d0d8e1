import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../lake/store/open-store.ts';
import { collect } from '../support/collect.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

test('a warehouse is built from a lake that is only read, and follows it', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table t (id int primary key); insert into t select generate_series(1, 100)');
  await using pipeline = createPipeline({ source: database.url });
  const other = path.join(pipeline.folder, 'reading');
  const rows = async (): Promise<string> =>
    (await pipeline.cli(['sql', 'select count() from public.t', '--format', 'TabSeparated', '--warehouse', other])).stdout.trim();
  const written = async (): Promise<string[]> => {
    const store = await openStore(pipeline.lake);
    const objects = await collect(store.list(''));
    await store.close();
    return objects.map(({ key, bytes, modified }) => `${key} ${bytes} ${modified.getTime()}`);
  };
  await using run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  await using reading = pipeline.start(['compact', '--lake-readonly', '--warehouse', other, '--sql-port', '0']);
  await eventually(async () => (await rows()) === '100', 'the rows of the copy');
  await database.query('insert into t select generate_series(101, 150)');
  await eventually(async () => (await rows()) === '150', 'the rows of the stream');
  await expectVerified(pipeline);
  expect((await pipeline.cli(['status'])).code).toBe(0);
  run.kill('SIGTERM');
  await run.ended();
  reading.kill('SIGTERM');
  await reading.ended();

  const before = await written();
  expect(before.filter((line) => line.includes('/position.json'))).toHaveLength(1);
  {
    const third = path.join(pipeline.folder, 'third');
    await using again = pipeline.start(['compact', '--lake-readonly', '--warehouse', third, '--sql-port', '0']);
    await eventually(
      async () =>
        (await pipeline.cli(['sql', 'select count() from public.t', '--format', 'TabSeparated', '--warehouse', third])).stdout.trim() ===
        '150',
      'all rows',
    );
    again.kill('SIGTERM');
    await again.ended();
  }
  expect(await written()).toEqual(before);

  const refused = await pipeline.cli(['compact', '--lake-readonly', '--warehouse', 'http://localhost:1']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('lake.readonly needs a directory as warehouse') });
});
