import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { createDatabase, reconnectDatabase, startPostgres } from '../support/postgres.ts';
import { SHOP_SCHEMA } from '../support/shop-load.ts';
import { copyFolder, keepDisk } from '../support/set-back.ts';
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

test('a slot that was dropped is a named gap, and resync --all recovers from it', { timeout: 600_000 }, async () => {
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

test('a source restored to an older state is a named gap, and resync --all recovers from it', { timeout: 600_000 }, async () => {
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

test(
  'a source set back and written beyond the end of the lake ends run with GAP, and resync --all recovers from it',
  { timeout: 600_000 },
  async () => {
    await using server = await startPostgres();
    const database = await createDatabase(server);
    await database.query(SHOP_SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    await stopped(pipeline);
    using disk = await keepDisk(server);
    await using run = pipeline.start(RUN);
    await run.event('live');
    await using later = await reconnectDatabase(database);
    await later.query(`insert into customers (id, email) select 10000 + i, 'lost' from generate_series(1, 10) i`);
    await expectVerified(pipeline);
    run.kill('SIGTERM');
    expect(await run.ended()).toMatchObject({ code: 0 });
    await later[Symbol.asyncDispose]();
    await disk.putBack();
    await using other = await reconnectDatabase(database);
    await other.query(`insert into customers (id, email) select 20000 + i, 'new' from generate_series(1, 20) i`);
    await other.query('select pg_switch_wal()');
    await other.query(`update orders set state = 'of another history'`);
    const refused = await pipeline.cli(RUN);
    expect(refused, refused.stderr).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/GAP: .*a different history.*resync --all/);
    await leadOut(pipeline);
  },
);

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
