import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPipeline, type Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

async function killRole(run: Running, role: string): Promise<void> {
  const pid = await eventually(() => run.roles().get(role), `role ${role}`);
  process.kill(pid, 'SIGKILL');
  await eventually(() => (run.roles().get(role) ?? pid) !== pid, `${role} started again`);
}

test('roles killed with SIGKILL at random moments under load lose and double nothing', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('ready');
  const load = startLoad(database.url);
  for (const role of ['snapshot', 'replicate', 'compact', 'replicate', 'compact', 'replicate']) {
    await sleep(Math.random() * 1500);
    await killRole(run, role);
  }
  await run.event('live');
  expect(await load.stop()).toBeGreaterThan(0);
  await expectVerified(pipeline);
});

test('everything killed at once under load goes on where it was', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const load = startLoad(database.url, 2, 2);
  for (let round = 0; round < 3; round += 1) {
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    if (round > 0) await run.event('ready');
    await sleep(500 + Math.random() * 1500);
    await run[Symbol.asyncDispose]();
  }
  await pipeline.start(['run', '--sql-port', '0', '--http-port', '0']).event('live');
  await load.stop();
  await expectVerified(pipeline);
});
