import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openLake } from '../lake/lake-identity.ts';
import { openStore } from '../lake/store/open-store.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import type { Finished } from '../test/support/pipeline.ts';
import { createDatabase, majorOf, startPostgres } from '../test/support/postgres.ts';

function expectOneLine(result: Finished, message: RegExp): void {
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(result.stderr).not.toContain('hunter2');
  expect(result.stdout).toBe('');
  expect(result.code).not.toBe(0);
}

test('an unknown user of the source is named without the password', async () => {
  await using database = await createDatabase();
  const source = new URL(database.url);
  source.username = 'nobody_here';
  source.password = 'hunter2';
  await using pipeline = createPipeline({ source: source.href });
  for (const command of ['check', 'run', 'snapshot', 'monitor'])
    expectOneLine(await pipeline.cli([command]), /^SOURCE_(AUTH|REFUSED): .*nobody_here/);
});

test('a glob that matches no table is named', async () => {
  await using database = await createDatabase();
  await database.query('create table orders (id int primary key)');
  await using pipeline = createPipeline({ source: database.url });
  for (const command of ['check', 'run', 'snapshot']) {
    expectOneLine(await pipeline.cli([command, '--tables', 'public.orders,public.odrers']), /^NO_SUCH_TABLE: .*"public\.odrers"/);
  }
});

test('a section of tables that does not fit the source is named with what is allowed, and nothing is made there', async () => {
  await using database = await createDatabase();
  await database.query('create table users (id int primary key, tenant int, pw text)');
  await using pipeline = createPipeline({ source: database.url });
  const filters = (await majorOf(database)) >= 15;
  const cases: [unknown, RegExp][] = [
    [
      { 'public.users': { exclude: ['pasword'] } },
      /^BAD_CONFIG: public\.users: table\.public\.users\.exclude names "pasword", .* Its columns are id, tenant, pw\./,
    ],
    [{ 'public.users': { exclude: ['id'] } }, /^BAD_CONFIG: public\.users: table\.public\.users\.exclude names "id", .* use mask sha256/],
    [{ 'public.usres': {} }, /^BAD_CONFIG: table\.public\.usres matches no table of the source/],
    [{ 'public.users': { where: 'tenant = 7' } }, filters ? /ALTER TABLE public\.users REPLICA IDENTITY FULL;/ : /need Postgres 15/],
  ];
  for (const [section, message] of cases) {
    const env = { TAILRACE_TABLE: JSON.stringify(section), TAILRACE_MASK_SALT: 'hunter2 and hunter2' };
    for (const command of ['run', 'snapshot']) expectOneLine(await pipeline.cli([command], env), message);
    const checked = await pipeline.cli(['check', '--json'], env);
    expect(checked, checked.stderr).toMatchObject({ code: 1 });
    expect(checked.stdout).not.toContain('hunter2 and');
  }
  expect(await database.query('select 1 from pg_publication')).toEqual([]);
});

test('a lake that cannot be written is named', async () => {
  await using database = await createDatabase();
  await using pipeline = createPipeline({ source: database.url });
  writeFileSync(path.join(pipeline.folder, 'file'), '');
  for (const command of ['check', 'run', 'snapshot'])
    expectOneLine(await pipeline.cli([command, '--lake', path.join(pipeline.folder, 'file', 'lake')]), /^LAKE_UNWRITABLE: /);
});

test('a lake of another source is named by every command, and nothing is made there', async () => {
  await using other = await createDatabase();
  await using pipeline = createPipeline({ source: other.url });
  const store = await openStore(pipeline.lake);
  await openLake(store, { systemId: '1', database: 'elsewhere' });
  const commands = [
    ['check'],
    ['run'],
    ['snapshot'],
    ['monitor'],
    ['status'],
    ['verify'],
    ['await', '--now'],
    ['resync', 'a.b'],
    ['resync', '--all'],
    ['teardown'],
  ];
  for (const command of commands) expectOneLine(await pipeline.cli(command), /^LAKE_OF_ANOTHER_SOURCE: /);
  expect(await other.query('select 1 from pg_publication')).toEqual([]);
});

test('for a source without logical WAL, the error says what to set', async () => {
  await using server = await startPostgres({ settings: { wal_level: 'replica' } });
  await using pipeline = createPipeline({ source: server.url });
  expectOneLine(await pipeline.cli(['run']), /^WAL_LEVEL: .*wal_level = 'logical'/);
});
