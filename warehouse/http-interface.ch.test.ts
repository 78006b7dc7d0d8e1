import { gzipSync, inflateSync, brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { compressBlocks, decompressBlocks } from './wire/clickhouse-frame.ts';
import type { BlockMethod } from './wire/clickhouse-frame.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { compressFrame, decompressFrame } from './wire/lz4.ts';

const ROWS = 300_000;
let folder: Scratch;
let engine: EmbeddedEngine;
let endpoint: Endpoint;
beforeAll(async () => {
  folder = await scratch('http-interface');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  await engine.exec('CREATE DATABASE shop');
  await engine.exec('CREATE TABLE shop.orders (id UInt64, customer UInt64) ENGINE = MergeTree ORDER BY id');
  await engine.exec('CREATE TABLE shop.customers (id UInt64, name String) ENGINE = MergeTree ORDER BY id');
  await engine.exec('INSERT INTO shop.orders VALUES (1, 1), (2, 9)');
  await engine.exec("INSERT INTO shop.customers VALUES (1, 'Ann')");
  endpoint = await serveSql(engine, { port: 0 });
});
afterAll(async () => {
  await endpoint.close();
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

/** As node:http has it: nothing is decoded on the way. */
async function ask(fields: Record<string, string>, sql: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const url = `${endpoint.url}/?${new URLSearchParams(fields).toString()}`;
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers }, (response) => {
      buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }), reject);
    })
      .on('error', reject)
      .end(sql);
  });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const LATE = "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)";
const NUMBERS = `SELECT number FROM numbers(${ROWS})`;
const TEXT = Array.from({ length: ROWS }, (_, n) => `${n}\n`).join('');

describe('a request to the endpoint', () => {
  test('runs in the database of the URL or of the header', async () => {
    const count = 'SELECT count() FROM orders';
    expect((await ask({ database: 'shop' }, count)).body.toString()).toBe('2\n');
    expect((await ask({}, count, { 'X-ClickHouse-Database': 'shop' })).body.toString()).toBe('2\n');
    expect((await ask({ database: 'shop' }, count, { 'X-ClickHouse-Database': 'nowhere' })).body.toString()).toBe('2\n');
    expect((await ask({}, count)).status).toBe(404);
    const nowhere = await ask({ database: 'nowhere' }, 'SELECT 1');
    expect([nowhere.status, nowhere.headers['x-clickhouse-exception-code']]).toEqual([404, '81']);
  });

  test('finds rows without a partner by IS NULL, unless it says join_use_nulls=0', async () => {
    const sql = 'SELECT o.id FROM shop.orders AS o LEFT JOIN shop.customers AS c ON o.customer = c.id WHERE c.id IS NULL';
    expect((await ask({}, sql)).body.toString()).toBe('2\n');
    expect((await ask({ join_use_nulls: '0' }, sql)).body.toString()).toBe('');
    expect((await ask({}, `${sql} SETTINGS join_use_nulls = 0`)).body.toString()).toBe('');
  });

  test.each([
    ['SELECT 1 AS n FORMAT JSONEachRow SETTINGS max_threads = 1', '{"n":1}\n'],
    ['SELECT 1 AS n SETTINGS max_threads = 1 FORMAT JSONEachRow', '{"n":1}\n'],
    ['SELECT 1 AS n FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1;', '{"n":1}\n'],
    ['FROM shop.orders SELECT max(id)', '2\n'],
    ["SHOW TABLES FROM shop WHERE name LIKE 'c%'", 'customers\n'],
    ["SHOW TABLES FROM shop WHERE name IN ('orders', 'nothing') LIMIT 1", 'orders\n'],
    ["SHOW TABLES FROM shop LIKE 'o%' SETTINGS max_threads = 1 FORMAT JSONEachRow", '{"name":"orders"}\n'],
  ])('may be written as ClickHouse takes it: %s', async (sql, rows) => {
    const { status, body } = await ask({}, sql);
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: rows });
  });

  test.each([
    [{ role: 'analyst' }, 501, 'the role analyst'],
    [{ stacktrace: '1' }, 501, 'stacktrace=1'],
    [{ session_id: 'a', session_check: '1' }, 404, 'SESSION_NOT_FOUND'],
    [{ client_protocol_version: 'new' }, 501, 'client_protocol_version=new'],
    [{ compress: '1', network_compression_method: 'T64' }, 501, 'network_compression_method=T64'],
    [{ additional_result_filter: '1' }, 403, "'additional_result_filter'"],
    [{ max_memory_usage: '1000000000000' }, 403, "'max_memory_usage'"],
    [{ no_such_setting: '1' }, 404, "'no_such_setting'"],
    [{ param_1x: '1' }, 400, '"1x"'],
  ])('is refused by name if it is not supported: %j', async (fields, status, name) => {
    const answer = await ask(fields, 'SELECT 1');
    expect(answer.body.toString()).toContain(name);
    expect(answer.status).toBe(status);
  });

  test.each([
    [{ session_id: 'a', session_timeout: '60' }],
    [{ user: 'grafana', password: 'x', quota_key: 'y' }],
    [{ readonly: '2', wait_end_of_query: '0', buffer_size: '3000000' }],
    [{ max_execution_time: '30', max_result_rows: '10', result_overflow_mode: 'throw', session_timezone: 'Europe/Berlin' }],
  ])('is accepted if it is the default or can be honoured: %j', async (fields) => {
    expect((await ask(fields as unknown as Record<string, string>, 'SELECT 1')).body.toString()).toBe('1\n');
  });

  test('may have its body in every compression, also in blocks of ClickHouse', async () => {
    const sql = Buffer.from('SELECT 40 + 2');
    const frame = Buffer.concat(await collect(compressFrame(once(sql))));
    for (const [encoding, body] of [
      ['gzip', gzipSync(sql)],
      ['lz4', frame],
    ] as const)
      expect((await ask({}, body, { 'Content-Encoding': encoding })).body.toString()).toBe('42\n');
    for (const method of ['lz4', 'zstd', 'none'] as const) {
      const blocks = Buffer.concat(await collect(compressBlocks(once(sql), method)));
      expect((await ask({ decompress: '1' }, blocks)).body.toString()).toBe('42\n');
      blocks[0] = (blocks[0] ?? 0) ^ 1;
      expect((await ask({ decompress: '1' }, blocks)).status).toBe(400);
    }
    expect((await ask({}, sql, { 'Content-Encoding': 'xz' })).body.toString()).toContain('a request body in xz is not supported here');
    expect((await ask({}, sql, { 'Content-Encoding': 'gzip' })).status).toBe(400);
  });
});

describe('an answer', () => {
  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
    ['lz4', (body: Buffer) => decompressFrame(body, 10_000_000)],
  ] as const)('is in %s for a client that reads it and asks for it', async (encoding, decoded) => {
    const accepted = { 'Accept-Encoding': `xz, ${encoding};q=0.5` };
    const { headers, body } = await ask({ enable_http_compression: '1' }, NUMBERS, accepted);
    expect(headers['content-encoding']).toBe(encoding);
    expect(decoded(body)?.toString()).toBe(TEXT);
    expect((await ask({}, 'SELECT 1', accepted)).body.toString()).toBe('1\n');
  });

  test.each([
    ['LZ4', 'lz4'],
    ['LZ4HC', 'lz4'],
    ['ZSTD', 'zstd'],
    ['NONE', 'none'],
  ] as const)('is in blocks of ClickHouse for compress=1, of the method asked for: %s', async (name, method: BlockMethod) => {
    const { body } = await ask({ compress: '1', network_compression_method: name }, NUMBERS);
    expect(decompressBlocks(body, 10_000_000)?.toString()).toBe(TEXT);
    expect(body[16]).toBe({ lz4: 0x82, zstd: 0x90, none: 0x02 }[method]);
  });

  test('that waits for the end of its query has the status of the query, and leaves nothing behind', async () => {
    const failed = await ask({ wait_end_of_query: '1' }, LATE);
    expect([failed.status, failed.headers['x-clickhouse-exception-code']]).toEqual([500, '395']);
    expect((await ask({ wait_end_of_query: '1' }, NUMBERS)).body.toString()).toBe(TEXT);
    // More than memory holds.
    const large = await ask({ wait_end_of_query: '1' }, "SELECT repeat('x', 999) FROM numbers(20000)");
    expect(large.body.length).toBe(20_000_000);
    expect(readdirSync(engine.scratch).filter((name) => name.startsWith('held-'))).toEqual([]);
  });

  test('in the Native format is that of the protocol a client names', async () => {
    const { body } = await ask({ client_protocol_version: '54460', default_format: 'Native' }, 'SELECT 1 AS check');
    expect(body.toString('latin1')).toBe('\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x05check\x05UInt8\x00\x01');
    const refused = await ask({ client_protocol_version: '54460', default_format: 'Native' }, "SELECT '{}'::JSON");
    expect([refused.status, refused.body.toString()]).toEqual([501, expect.stringContaining('a column of type JSON')]);
  });
});
