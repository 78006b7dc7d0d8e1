import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startEagerServer } from '../support/servers/eager-server.ts';
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
  const suffering = async (form: 'one' | 'each', processes: number): Promise<Running> => {
    const run = pipeline.start(['run', '--processes', form, '--sql-port', '0', '--http-port', '0']);
    await run.event('ready');
    expect(new Set(run.roles().values()).size).toBe(processes);
    for (const role of ['snapshot', 'replicate', 'compact']) {
      await sleep(Math.random() * 1500);
      await killRole(run, role);
    }
    await run.event('live');
    return run;
  };
  const load = startLoad(database.url);
  const each = await suffering('each', 4);
  each.kill('SIGTERM');
  expect(await each.ended()).toMatchObject({ code: 0 });
  await suffering('one', 1);
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

test(
  'a replicator killed with SIGKILL in the middle of transactions that it takes while they run loses and doubles nothing',
  { timeout: 600_000 },
  async () => {
    await using server = await startEagerServer();
    await using database = await createDatabase(server);
    await database.query(`create table items (id int primary key, name text, doc text); alter table items alter doc set storage external;
    insert into items select g, 'old', repeat(g::text, 3000) from generate_series(1, 100) g`);
    await using pipeline = createPipeline({
      source: database.url,
      env: { TAILRACE_REPLICATE_MEMORY: '1MiB', TAILRACE_SOURCE_STREAMING: 'on' },
    });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    await database.query('begin');
    for (let round = 0; round < 6; round += 1) {
      await database.query(
        `insert into items select g, 'new', repeat(g::text, 500) from generate_series(${1000 * round + 1000}, ${1000 * round + 1999}) g`,
      );
      await database.query('savepoint s');
      await database.query(`update items set name = 'never' where id % 7 = ${round}`);
      await database.query('rollback to savepoint s');
      await database.query(`update items set name = 'round ${round}' where id % 5 = ${round}; delete from items where id % 11 = ${round}`);
      if (round % 2 === 0) await killRole(run, 'replicate');
    }
    await database.query('commit');
    await expectVerified(pipeline);
  },
);
