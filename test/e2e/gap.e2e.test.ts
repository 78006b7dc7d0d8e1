import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';
import { SHOP_SCHEMA } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];

async function stopped(pipeline: Pipeline): Promise<void> {
  const run = pipeline.start(RUN);
  await run.event('live');
  run.kill('SIGTERM');
  expect(await run.ended()).toMatchObject({ code: 0 });
}

async function leadOut(pipeline: Pipeline): Promise<void> {
  const resync = await pipeline.cli(['resync', '--all']);
  expect(resync, resync.stderr).toMatchObject({ code: 0 });
  const run = pipeline.start(RUN);
  await run.event('ready');
  const old = await pipeline.cli(['sql', 'select count() > 0 from public.customers', '--format', 'TabSeparated']);
  expect(old, old.stderr).toMatchObject({ code: 0, stdout: '1\n' });
  await run.event('live');
  await expectVerified(pipeline);
}

/** With owners and modes, which Postgres insists on. */
function copyFolder(from: string, to: string): void {
  expect(spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })).toMatchObject({ status: 0 });
}

test('a slot that was dropped is a named gap, and resync --all leads out of it', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  await stopped(pipeline);
  await database.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()`);
  await database.query(`update orders set state = 'while nobody looked'`);
  const run = await pipeline.cli(RUN);
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toMatch(/(SLOT_LOST|GAP): .*resync --all/);
  await leadOut(pipeline);
});

test('a source restored to an older state is a named gap, and resync --all leads out of it', { timeout: 600_000 }, async () => {
  await using server = await startPostgres();
  const database = await createDatabase(server);
  await database.query(SHOP_SCHEMA);
  await server.stop();
  const backup = `${server.dataDir}-backup`;
  copyFolder(server.dataDir, backup);
  await server.start();
  await using pipeline = createPipeline({ source: database.url });
  await stopped(pipeline);
  await server.stop();
  rmSync(server.dataDir, { recursive: true });
  copyFolder(backup, server.dataDir);
  rmSync(backup, { recursive: true });
  await server.start();
  const run = await pipeline.cli(RUN);
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toMatch(/GAP: .*resync --all/);
  await leadOut(pipeline);
});

test('another database behind the URL is refused by name', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await using other = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  await stopped(pipeline);
  const run = await pipeline.cli([...RUN, '--source', other.url]);
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toMatch(/LAKE_OF_ANOTHER_SOURCE: /);
});
