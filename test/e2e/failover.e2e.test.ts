import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase, reconnectDatabase, startPostgres } from '../support/postgres.ts';
import { failOver, keepDisk } from '../support/set-back.ts';
import { SHOP_SCHEMA } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];

test('a failover that lost only heartbeats continues without a copy, and both sides stay equal', { timeout: 600_000 }, async () => {
  await using server = await startPostgres();
  const database = await createDatabase(server);
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(RUN);
  await run.event('live');
  await expectVerified(pipeline);
  run.kill('SIGTERM');
  expect(await run.ended()).toMatchObject({ code: 0 });
  using disk = await keepDisk(server);
  const second = pipeline.start(RUN);
  await second.event('live');
  expect(await pipeline.cli(['await', '--now', '--timeout', '120s'])).toMatchObject({ code: 0 });
  second.kill('SIGTERM');
  expect(await second.ended()).toMatchObject({ code: 0 });
  await failOver(server, disk);
  await using source = await reconnectDatabase(database);
  await source.query(`update orders set state = 'after the failover'; delete from customers where id <= 10`);
  const third = pipeline.start(RUN);
  await third.event('live');
  await expectVerified(pipeline);
  expect(third.stderr()).not.toMatch(/table copied|GAP/);
});
