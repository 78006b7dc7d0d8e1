import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { EmbeddedEngine } from '../embedded-engine.ts';
import { serveSql } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import { hostileStatements } from '../../test/support/warehouse/hostile-statements.ts';

const TOKEN = 'a token of the builder';
let folder: Scratch;
let engine: EmbeddedEngine;
let endpoint: Endpoint;

beforeAll(async () => {
  folder = await scratch('writer-door');
  engine = await EmbeddedEngine.open({ directory: path.join(folder.path, 'warehouse'), log: silentLogger() });
  for (const statement of [
    'CREATE DATABASE tailrace',
    sql('create-tables', { replicated: '', settings: '' }),
    "INSERT INTO tailrace.tables (table, state) VALUES ('public.orders', 'live'), ('wide_pending.later', 'copying')",
    'CREATE DATABASE public',
    'CREATE TABLE public.orders (id Int32) ENGINE = MergeTree ORDER BY id',
    'INSERT INTO public.orders SELECT number FROM numbers(1000)',
    "CREATE DATABASE wide COMMENT 'of somebody else'",
    "CREATE DATABASE marts COMMENT 'models of tailrace'",
  ])
    await engine.exec(statement);
  await writeFile(path.join(folder.path, 'secret'), '1\n');
  await writeFile(path.join(folder.path, 'secret.csv'), 'id\n1\n');
  endpoint = await serveSql(engine, { port: 0, writes: { databases: ['analytics', 'wide*'], token: TOKEN } });
  for (const statement of [
    'CREATE DATABASE IF NOT EXISTS analytics',
    'CREATE TABLE analytics.mine (id Int32) ENGINE = MergeTree ORDER BY id',
  ])
    await send(statement);
});
afterAll(async () => {
  await endpoint.close();
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

interface Sent {
  readonly status: number;
  readonly text: string;
}

async function send(
  statement: string | Buffer,
  fields = '',
  headers: Record<string, string> = { 'X-ClickHouse-User': 'builder', 'X-ClickHouse-Key': TOKEN },
): Promise<Sent> {
  const response = await fetch(`${endpoint.url}/?${fields}`, { method: 'POST', body: statement, headers });
  return { status: response.status, text: await response.text() };
}

/** All that nobody but the product may change: tables outside analytics, with their rows. */
async function others(): Promise<unknown> {
  const rows = 'SELECT groupBitXor(cityHash64(*)) AS hash, count() AS n FROM';
  return {
    orders: await engine.query(`${rows} public.orders`),
    state: await engine.query(`${rows} tailrace.tables`),
    tables: await engine.query(
      "SELECT database, name, create_table_query FROM system.tables WHERE database NOT IN ('analytics', 'system') ORDER BY ALL",
    ),
    databases: await engine.query('SELECT name, engine, comment FROM system.databases ORDER BY name'),
  };
}

const count = async (table: string): Promise<string> => (await send(`SELECT count() FROM ${table}`)).text.trim();

const basic = (user: string, password: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('user builder', () => {
  test('gets through none of a hundred hostile statements, however they are dressed', async () => {
    const before = await others();
    const wrong: string[] = [];
    for (const [statement, reason] of hostileStatements(folder.path)) {
      const dressed = [statement, statement.replace(/(?<![\\'"`‘]) (?=[\w(])/g, ' /* ; */ ').toLowerCase(), `-- SELECT\n${statement}`];
      for (const [look, one] of dressed.entries()) {
        // In lower case, names of engines and texts are others.
        const told = look === 1 ? /./ : reason;
        const { status, text } = await send(one, look === 2 ? '' : 'database=public');
        if (status < 400 || !/^Code: \d+\. DB::Exception: .*\([A-Z_]+\)/s.test(text) || !told.test(text))
          wrong.push(`${one}\n  → ${status} ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await others()).toEqual(before);
    expect(await count('analytics.mine')).toBe('0');
  });

  test('writes as dbt does', async () => {
    const statements = [
      '/* {"app": "dbt"} */ create table `analytics`.`orders__dbt_backup`\n engine = MergeTree()\n order by (id)\n -- end_of_sql\n SETTINGS  replicated_deduplication_window=\'0\'\n empty\n as (\n select id, toString(id) as name from public.orders\n)',
      "insert into `analytics`.`orders__dbt_backup` (`id`, `name`) select id, toString(id) from public.orders where toString(id) != 'x' SETTINGS mutations_sync = 2",
      'create table if not exists analytics.other as analytics.orders__dbt_backup',
      'EXCHANGE TABLES analytics.other AND analytics.orders__dbt_backup',
      'drop table if exists `analytics`.`orders__dbt_backup` SYNC;',
      'rename table analytics.other to analytics.orders',
      'delete from analytics.orders where (id) in (select id from public.orders where id >= 500)',
      "alter table analytics.orders modify column name Nullable(String), comment column `id` $dbt_comment_literal_block$it's ; one$dbt_comment_literal_block$",
      "alter table analytics.orders modify comment 'orders'",
      'alter table analytics.orders add column more Int32 default 1, add index i id type minmax',
      'create or replace view `analytics`.`v` as ( with x as (select * from analytics.orders) select * from x )',
      'create table analytics.months (id Int32, month Date) ENGINE = MergeTree ORDER BY id PARTITION BY month',
      'create table analytics.months_new as analytics.months',
      "alter table analytics.months replace partition id '20260101' from analytics.months_new, replace partition id '20260201' from analytics.months_new settings allow_replace_partition_from_empty_source = 1",
      'truncate table analytics.months',
      'optimize table analytics.orders final',
      "alter table analytics.orders update name = 'b,c' where id = 1",
    ];
    const answers: string[] = [];
    for (const statement of statements)
      answers.push((await send(statement, 'mutations_sync=3&alter_sync=3&lightweight_deletes_sync=3&session_id=dbt::1')).text);
    expect(answers).toEqual(statements.map(() => ''));
    expect(await count('analytics.v')).toBe('500');
    expect((await send('SELECT name, more FROM analytics.orders WHERE id = 1')).text).toBe('b,c\t1\n');
  });

  test('loads rows of VALUES, of text behind the words, and of a body of their own', async () => {
    expect((await send('create table analytics.rows (n Int32, s String) engine = Memory')).text).toBe('');
    expect((await send("insert into analytics.rows values (1, 'a;b'), (1 + 1, lower('C'))")).text).toBe('');
    expect((await send('insert into analytics.rows (n, s)\n  format CSV\n  3,d;DROP TABLE x\n4,"é"\n')).text).toBe('');
    const head = encodeURIComponent('INSERT INTO rows (n, s) FORMAT JSONEachRow');
    expect((await send('{"n":5,"s":"f"}\n', `database=analytics&query=${head}`)).text).toBe('');
    const native = Buffer.from(
      await (await fetch(`${endpoint.url}/?query=${encodeURIComponent("SELECT 10 AS n, '\n' AS s FORMAT RowBinary")}`)).arrayBuffer(),
    );
    // It begins with a line break, as a Native block of ten columns does.
    expect(
      (
        await send(
          Buffer.concat([Buffer.from([10, 0, 0, 0]), native.subarray(-2)]),
          `query=${encodeURIComponent('INSERT INTO analytics.rows FORMAT RowBinary')}`,
        )
      ).text,
    ).toBe('');
    expect((await send('SELECT n, s FROM analytics.rows ORDER BY n FORMAT JSONCompactEachRow')).text.trim().split('\n')).toEqual([
      '[1, "a;b"]',
      '[2, "c"]',
      '[3, "d;DROP TABLE x"]',
      '[4, "é"]',
      '[5, "f"]',
      String.raw`[10, "\n"]`,
    ]);
  });

  test('keeps the settings of a session, and is told that none is readonly', async () => {
    const insert = 'INSERT INTO analytics.mine FORMAT JSONEachRow {"id": 1, "more": 2}';
    expect((await send('SET input_format_skip_unknown_fields = 0', 'session_id=a')).text).toBe('');
    expect((await send(insert, 'session_id=a')).text).toMatch(/^Code: 117\. /);
    expect((await send(insert, 'session_id=b')).text).toBe('');
    expect((await send("SELECT DISTINCT readonly FROM system.settings WHERE name = 'mutations_sync'")).text).toBe('0\n');
    expect((await send("SELECT readonly FROM system.settings WHERE name = 'mutations_sync'", '', {})).text).toBe('1\n');
    expect((await send('SELECT 1', 'mutations_sync=3&date_time_input_format=best_effort&session_id=a')).text).toBe('1\n');
    expect((await send('DROP TABLE analytics.mine', 'readonly=1')).text).toMatch(/^Code: 164\. .*readonly/);
    const get = await fetch(`${endpoint.url}/?user=builder&password=${encodeURIComponent(TOKEN)}&query=DROP%20TABLE%20analytics.mine`);
    expect(await get.text()).toMatch(/^Code: 164\. .*no POST/);
    expect((await send('DROP TABLE analytics.mine', 'max_memory_usage=99999999999')).text).toMatch(/^Code: 497\. .*max_memory_usage/);
  });

  test('must know its password in each way of sending it, and nobody else writes', async () => {
    const create = 'CREATE TABLE IF NOT EXISTS analytics.ways (a Int32) ENGINE = Memory';
    expect((await send(create, '', basic('builder', TOKEN))).text).toBe('');
    expect((await send(create, `user=builder&password=${encodeURIComponent(TOKEN)}`, {})).text).toBe('');
    expect((await send(create, '', basic('builder', 'wrong'))).text).toMatch(/^Code: 516\. .*sqlWriteToken/);
    expect((await send(create, 'user=builder', {})).text).toMatch(/^Code: 194\. .*sqlWriteToken/);
    expect((await send(create, '', basic('analyst', TOKEN))).text).toMatch(/^Code: 164\. /);
    expect((await send(create, '', {})).text).toMatch(/^Code: 164\. /);
  });

  test('ends its statement by going away', async () => {
    const gone = new AbortController();
    const endless =
      'CREATE TABLE analytics.endless ENGINE = Memory AS SELECT sipHash64(number) AS h FROM numbers(1000000000000) WHERE h = 1';
    const running = async (): Promise<number> =>
      (await engine.query("SELECT 1 FROM system.processes WHERE query LIKE '%endless%' AND query NOT LIKE '%processes%'")).length;
    const sent = fetch(endpoint.url, {
      method: 'POST',
      body: endless,
      headers: { 'X-ClickHouse-User': 'builder', 'X-ClickHouse-Key': TOKEN },
      signal: gone.signal,
    });
    await eventually(async () => (await running()) > 0, 'the statement to run');
    // Nobody waits for it.
    await engine.exec('INSERT INTO public.orders VALUES (1000)');
    expect(await engine.query('SELECT count() AS n FROM public.orders')).toEqual([{ n: '1001' }]);
    gone.abort();
    await expect(sent).rejects.toThrow('This operation was aborted');
    expect(await eventually(async () => (await running()) === 0, 'the statement to end')).toBe(true);
  });
});

test('before the compactor knows its source, nobody writes', async () => {
  await engine.exec('RENAME TABLE tailrace.tables TO tailrace.elsewhere');
  expect((await send('CREATE DATABASE wide_open')).text).toMatch(/^Code: 236\. .*does not know its source yet/);
  await engine.exec('RENAME TABLE tailrace.elsewhere TO tailrace.tables');
});
