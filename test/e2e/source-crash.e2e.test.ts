import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

test('a source that crashes and comes back under load costs no change', { timeout: 600_000 }, async () => {
  await using server = await startPostgres();
  const database = await createDatabase(server);
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  const load = startLoad(database.url);
  for (let crash = 0; crash < 2; crash += 1) {
    const before = load.committed();
    await eventually(() => load.committed() > before + 300, 'traffic');
    await server.stop('immediate');
    await server.start();
  }
  const before = load.committed();
  await eventually(() => load.committed() > before + 100, 'traffic after the crash');
  await load.stop();
  await expectVerified(pipeline);
});

test('a source asked to stop can stop while it is replicated', { timeout: 600_000 }, async () => {
  await using server = await startPostgres();
  const database = await createDatabase(server);
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  await pipeline.start(['run', '--sql-port', '0', '--http-port', '0']).event('live');
  await server.stop('fast');
  await server.start();
  const status = await pipeline.cli(['await', '--now', '--timeout', '180s']);
  expect(status, status.stderr).toMatchObject({ code: 0 });
});
