import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';
import { repeatedFor, securitySql } from '../server/security-sql.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { grantedUser } from '../support/servers/granted-user.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';

const s3 = await startS3Server();
Object.assign(process.env, s3?.environment);
afterAll(() => s3?.[Symbol.asyncDispose]());

/** A server of others has a writer already, and perhaps no way to the S3 server on this machine. */
const isOurs = process.env['TEST_CLICKHOUSE_URL'] === undefined;
const missing = s3 === null && isOurs;

const SCHEMA = `
  create table orders (id int primary key, customer int not null, note text);
  insert into orders select g, g % 10, 'a' from generate_series(1, 100) g;
`;
const FILES = {
  'marts/by_customer.sql': `-- A customer.
-- @kind incremental
-- @key customer
-- @by customer = stg.orders: customer
-- @every 100ms
SELECT customer, count() AS orders FROM stg.orders GROUP BY customer
`,
  'marts/total.sql':
    '-- All.\n-- @kind table\n-- @every 100ms\n-- @test not_null orders\nSELECT sum(orders) AS orders FROM marts.by_customer\n',
  'stg/orders.sql': '-- An order.\nSELECT id, customer FROM public.orders\n',
};

/** The grants of the page to its writer, also on the databases that it does not name. */
function writerGrants(): string[] {
  const page = securitySql(readFileSync(path.join(ROOT, 'docs/SECURITY.md'), 'utf8'), 'x');
  const statements = [...page.statements, ...repeatedFor(['stg', 'nightly_*'], page)];
  const to = ` TO ${page.writer}`;
  return statements.flatMap((one) => (one.startsWith('GRANT ') && one.endsWith(to) ? [one.slice(0, -to.length)] : []));
}

test('check names each right that is missing, with the statement that grants it', { timeout: 120_000 }, async () => {
  await using folder = await scratch();
  const grants = writerGrants().flatMap((one) =>
    one.includes('KILL QUERY') ? [] : [one.replace('SELECT, INSERT, CREATE, DROP ON public.*', 'SELECT, DROP ON public.*')],
  );
  await using server = await startClickhouse([grantedUser(folder.path, grants)]);
  await using source = await createDatabase();
  await source.query(SCHEMA);
  await using pipeline = createPipeline({ source: source.url, warehouse: server.url });
  const { code, stdout, stderr } = await pipeline.cli(['check', '--json']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const { items } = JSON.parse(stdout) as { items: { item: string; verdict: string; value: string; fix: string | null }[] };
  const warehouse = items.filter(({ item }) => /warehouse|storage policy/.test(item));
  expect(warehouse.map(({ item, verdict, value, fix }) => [item, verdict, value, fix])).toEqual([
    ['warehouse', 'ok', expect.stringMatching(/^ClickHouse 2\d\.\d+\./), null],
    ['rights in the warehouse', 'fail', 'default has no KILL QUERY on *.*', 'GRANT KILL QUERY ON *.* TO default;'],
    [
      'rights in the warehouse',
      'fail',
      'default has no INSERT, CREATE TABLE, CREATE VIEW on `public`.*',
      'GRANT INSERT, CREATE TABLE, CREATE VIEW ON `public`.* TO default;',
    ],
    ['storage policy', 'ok', "the server's default", null],
    ['lake from the warehouse', 'ok', 'its bytes are sent to the server', null],
  ]);
});

describe.skipIf(missing)(`the writer of docs/SECURITY.md${missing ? ` (skipped: ${VERSITYGW_MISSING})` : ''}`, () => {
  test('it may do all that the product does, and nothing is refused', { timeout: 600_000 }, async () => {
    await using folder = await scratch();
    await using server = await startClickhouse([grantedUser(folder.path, writerGrants())]);
    await using source = await createDatabase();
    await source.query(SCHEMA);
    const lake = isOurs ? `s3://${s3?.bucket}/${randomBytes(4).toString('hex')}` : path.join(folder.path, 'lake');
    await using pipeline = createPipeline({ source: source.url, warehouse: server.url, lake });
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(path.join(pipeline.folder, 'models', path.dirname(file)), { recursive: true });
      writeFileSync(path.join(pipeline.folder, 'models', file), text);
    }
    const checked = await pipeline.cli(['check']);
    expect(checked.stdout.replace(/\s+/g, ' ')).toContain('rights in the warehouse: all that are needed');
    const run = pipeline.start(['run', '--http-port', '0', '--models', 'models']);
    const total = async (orders: string): Promise<unknown> =>
      eventually(async () => (await pipeline.query('SELECT orders FROM marts.total').catch(() => null)) === orders, `${orders} orders`);
    await run.event('live');
    await total('100');
    await source.query(
      'insert into orders values (1000, 3); update orders set note = repeat(note, 5000) where id < 10; alter table orders add more int default 7',
    );
    await total('101');
    await source.query('delete from orders where id > 50');
    await total('50');
    const models = ['--models', 'models'];
    for (const args of [
      ['freeze', 'nightly'],
      ['freeze', 'nightly'],
      ['freeze', 'drop', 'nightly'],
      ['test', ...models],
      ['transform', '--compare', ...models],
      ['export', 'marts.by_customer', '--to', 'exports', ...models],
      ['export', 'public.orders', '--to', 'exports'],
      ['export', 'stg.orders', '--to', 'exports', ...models],
      ['verify'],
    ]) {
      const { code, stdout, stderr } = await pipeline.cli(args);
      expect([args, code, stdout, stderr]).toEqual([args, 0, stdout, stderr]);
    }
    const watching = pipeline.start(['watch', 'SELECT count() AS orders FROM public.orders']);
    await eventually(() => watching.stdout().includes('"rows":[[50]]'), 'an answer');
    await source.query('truncate orders');
    await eventually(() => watching.stdout().includes('"rows":[[0]]'), 'another answer');
    expect(run.stderr()).not.toMatch(/REFUSED|ACCESS_DENIED/);
  });
});
