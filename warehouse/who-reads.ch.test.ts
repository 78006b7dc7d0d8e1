import { expect, test } from 'vitest';
import type { Log } from '../core/log.ts';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { sql } from '../warehouse-sql/load.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';

/** Columns of system.query_log that the statement reads, as ClickHouse documents them. */
const QUERY_LOG = `CREATE TABLE audit.query_log (type Enum8('QueryStart' = 1, 'QueryFinish' = 2, 'ExceptionBeforeStart' = 3, 'ExceptionWhileProcessing' = 4),
  event_date Date, event_time DateTime, query_kind LowCardinality(String), tables Array(LowCardinality(String)), columns Array(LowCardinality(String)),
  read_rows UInt64, user String, address IPv6) ENGINE = MergeTree ORDER BY event_time`;

test('each read leaves one line in the log: tables, rows and time, no values and no SQL', async () => {
  await using folder = await scratch('tailrace-reads');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  await engine.exec('CREATE DATABASE shop');
  await engine.exec('CREATE TABLE shop.orders (id UInt64) ENGINE = MergeTree ORDER BY id');
  await engine.exec('INSERT INTO shop.orders SELECT number FROM numbers(1000)');
  const lines: unknown[] = [];
  const log: Log = { ...silentLogger(), info: (facts: object, event: string) => void lines.push({ ...facts, event }) } as Log;
  const endpoint = await serveSql(engine, { port: 0, log });
  const read = async (query: string, fields = ''): Promise<string> =>
    (await fetch(`${endpoint.url}/?${fields}`, { method: 'POST', body: query })).text();

  await read("SELECT count() FROM shop.orders WHERE toString(id) != 'hunter2'");
  await read('WITH few AS (SELECT * FROM orders LIMIT 3) SELECT * FROM few, shop.orders AS other LIMIT 2', 'database=shop');
  await read('SHOW TABLES FROM shop');
  await read("SELECT throwIf(id = 999, 'hunter2') FROM shop.orders");
  await read('SELECT ( FROM hunter2');
  await read("SELECT * FROM file('/etc/passwd')");
  const line = { ms: expect.any(Number) as number, from: '127.0.0.1', event: 'tables were read' };
  expect(lines).toEqual([
    { ...line, tables: ['shop.orders'], rows: 1 },
    { ...line, tables: ['shop.orders'], rows: 2 },
    { ...line, tables: [], rows: 1 },
    { ...line, tables: ['shop.orders'], rows: null },
  ]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  await endpoint.close();
});

test('who-read.sql lists the users that read a table, from a query log', async () => {
  await using folder = await scratch('tailrace-who');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  await engine.exec('CREATE DATABASE audit');
  await engine.exec(QUERY_LOG);
  await engine.exec(`INSERT INTO audit.query_log VALUES
    ('QueryFinish', '2026-05-02', '2026-05-02 10:00:00', 'Select', ['public.orders', 'tailrace.t1'], ['public.orders.id', 'tailrace.t1.c1'], 10, 'ann', '::ffff:10.0.0.7'),
    ('QueryStart', '2026-05-02', '2026-05-02 10:00:00', 'Select', ['public.orders'], [], 0, 'ann', '::ffff:10.0.0.7'),
    ('QueryFinish', '2026-05-03', '2026-05-03 10:00:00', 'Select', ['public.orders'], ['public.orders.total'], 5, 'ann', '::ffff:10.0.0.7'),
    ('ExceptionWhileProcessing', '2026-05-03', '2026-05-03 11:00:00', 'Select', ['public.orders'], [], 1, 'bob', '::1'),
    ('QueryFinish', '2026-05-03', '2026-05-03 12:00:00', 'Insert', ['public.orders'], [], 9, 'writer', '::1'),
    ('QueryFinish', '2026-05-03', '2026-05-03 12:00:00', 'Select', ['public.users'], [], 9, 'eve', '::1'),
    ('QueryFinish', '2026-04-01', '2026-04-01 12:00:00', 'Select', ['public.orders'], [], 9, 'old', '::1')`);
  const statement = sql('who-read', { table: "'public.orders'", since: "toDateTime('2026-05-01 00:00:00')" });
  expect(await engine.query(statement.replace('system.query_log', 'audit.query_log'))).toEqual([
    {
      user: 'bob',
      from: '::1',
      reads: '0',
      failed: '1',
      columns: [],
      rows: '1',
      first: '2026-05-03 11:00:00',
      last: '2026-05-03 11:00:00',
    },
    {
      user: 'ann',
      from: '::ffff:10.0.0.7',
      reads: '2',
      failed: '0',
      columns: ['public.orders.id', 'public.orders.total'],
      rows: '15',
      first: '2026-05-02 10:00:00',
      last: '2026-05-03 10:00:00',
    },
  ]);
});
