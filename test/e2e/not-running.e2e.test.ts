import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

test('await without a running role says so at once, regardless of its timeout', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  run.kill('SIGTERM');
  expect((await run.ended()).code).toBe(0);
  for (const timeout of ['15s', '1.5s', '60d'])
    expect(await pipeline.cli(['await', '--now', '--timeout', timeout])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^NOT_RUNNING: no replicator is connected to the source, and no compactor is running/) as unknown,
    });
  expect(await pipeline.cli(['await', '--lsn', '0/1', '--timeout', '15s'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^NOT_RUNNING/) as unknown,
  });
});

test('await of fractions and months waits for the time it was given', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '60d' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  await database.query('INSERT INTO orders VALUES (1)');
  for (const timeout of ['60d', '0.5m']) {
    const awaited = await pipeline.cli(['await', '--now', '--timeout', timeout]);
    expect(awaited, awaited.stderr).toMatchObject({ code: 0 });
  }
});
