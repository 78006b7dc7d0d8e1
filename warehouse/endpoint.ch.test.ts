import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const run = promisify(execFile);
const ROWS = 1_000_000;
let folder: Scratch;
let engine: EmbeddedEngine;
let endpoint: Endpoint;

beforeAll(async () => {
  folder = await scratch('tailrace-endpoint');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  await engine.exec('CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n');
  await engine.exec(`INSERT INTO t SELECT number, toString(number) FROM numbers(${ROWS})`);
  endpoint = await serveSql(engine, { port: 0 });
});
afterAll(async () => {
  await endpoint.close();
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-s', ...args], { maxBuffer: 1e9 })).stdout;
const running = async (): Promise<number> =>
  (await engine.query("SELECT 1 FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'")).length;
const post = (query: string, params = ''): Promise<Response> => fetch(`${endpoint.url}/?${params}`, { method: 'POST', body: query });

describe('the SQL endpoint', () => {
  test('answers curl: in the body, in the URL, both, and a knock', async () => {
    expect(await curl(endpoint.url, '-d', 'SELECT 1')).toBe('1\n');
    expect(await curl(`${endpoint.url}/?query=SELECT%20count()%20FROM%20t`)).toBe(`${ROWS}\n`);
    expect(await curl(`${endpoint.url}/?query=SELECT`, '-d', ' 2 FORMAT JSONEachRow')).toBe('{"2":2}\n');
    expect(await curl(endpoint.url)).toBe('Ok.\n');
    expect(await curl(`${endpoint.url}/ping`)).toBe('Ok.\n');
    expect(await curl('--compressed', `${endpoint.url}/?enable_http_compression=1`, '-H', 'Accept-Encoding: gzip', '-d', 'SELECT 1')).toBe(
      '1\n',
    );
  });

  test('answers with the headers clients look for', async () => {
    const response = await post('SELECT 1 AS n', 'default_format=JSONEachRow&query_id=mine');
    expect(await response.text()).toBe('{"n":1}\n');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=UTF-8',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-timezone': 'UTC',
    });
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ read_rows: '0' });
  });

  test('words errors as ClickHouse does', async () => {
    const wrong = await post('SELECT nope');
    expect([wrong.status, wrong.headers.get('x-clickhouse-exception-code')]).toEqual([404, '47']);
    expect(await wrong.text()).toMatch(/^Code: 47\. DB::Exception: .*\(UNKNOWN_IDENTIFIER\)\n$/);
    expect((await post('SELECT (')).status).toBe(400);
    expect((await post('DROP TABLE t')).status).toBe(403);
    expect((await post('x'.repeat(9_000_000))).status).toBe(413);
  });

  test('refuses a foreign Host and a foreign page', async () => {
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: tailrace.evil.example', endpoint.url, '-d', 'SELECT 1')).toBe(
      '403',
    );
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: 127.0.0.1.evil.example:80', endpoint.url, '-d', 'SELECT 1'),
    ).toBe('403');
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '-H', 'Origin: https://evil.example', endpoint.url, '-d', 'SELECT 1')).toBe(
      '403',
    );
    expect(await curl('-H', 'Host: localhost:8123', endpoint.url, '-d', 'SELECT 1')).toBe('1\n');
  });

  test('reads no file and writes none, however the query is dressed', async () => {
    const attempts = [
      "SELECT file('/etc/hostname')",
      "SELECT `file`('/etc/hostname')",
      "SELECT // '\n file('/etc/hostname') -- '",
      "DESCRIBE file('/etc/hostname')",
      "DESCRIBE TABLE/**/ file('/etc/hostname')",
      "SELECT * FROM filesystem('/etc')",
      "SELECT * FROM '/etc/hostname'",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'a String')",
      "SELECT * FROM t WHERE s IN (SELECT * FROM file('/etc/hostname', 'LineAsString', 'a String'))",
      "WITH x AS (SELECT * FROM s3(tailrace_lake, filename = 'x')) SELECT * FROM x",
      "SELECT * FROM executable('id', 'TSV', 'a String')",
      `SELECT 1 INTO OUTFILE '${folder.path}/out'`,
      `SELECT // '\n1 INTO OUTFILE '${folder.path}/out' -- '`,
      `SELECT 1) INTO OUTFILE '${folder.path}/out' --`,
      `SHOW TABLES // '\n INTO OUTFILE '${folder.path}/out' -- '`,
      `EXPLAIN SELECT 1 INTO OUTFILE '${folder.path}/out'`,
      `DESCRIBE (SELECT 1) INTO OUTFILE '${folder.path}/out'`,
      `INSERT INTO FUNCTION file('${folder.path}/out') SELECT 1`,
      'KILL QUERY WHERE 1 FORMAT TSV',
      'SET readonly = 0',
      'SELECT 1; SELECT 2',
      'SYSTEM FLUSH LOGS',
    ];
    const accepted: string[] = [];
    // Limits on rows would cut the tree in which functions are looked for.
    const cut = 'limit=1&max_result_rows=1&result_overflow_mode=break&max_block_size=1&offset=1';
    for (const attempt of attempts) for (const params of ['', cut]) if ((await post(attempt, params)).ok) accepted.push(attempt);
    expect(accepted).toEqual([]);
    await expect(run('ls', [`${folder.path}/out`])).rejects.toThrow('No such file');
  });

  test('keeps its limits against the query and against the URL', async () => {
    for (const asked of ['max_memory_usage=0', 'readonly=0', 'max_execution_time=0', 'log_comment=x', 'max_query_size=1']) {
      const name = asked.split('=')[0];
      const refusals = [await post('SELECT 1', asked), await post(`SELECT 1 SETTINGS ${name} = 0 FORMAT JSON`)];
      for (const refusal of refusals) {
        expect([asked, refusal.status]).toEqual([asked, 403]);
        expect(await refusal.text()).toContain(`Cannot modify '${name}' setting in readonly mode`);
      }
    }
    const usage = await (await post("SELECT getSetting('max_memory_usage'), getSetting('readonly')", 'readonly=2')).text();
    expect(usage).toMatch(/^[1-9]\d+\t1\n$/);
    expect(await (await post("SELECT getSetting('max_memory_usage') > 0")).text()).toBe('1\n');
  });

  test('takes parameters, also as a form', async () => {
    expect(await (await post('SELECT {n:UInt8}, {s:String}', 'param_n=5&param_s=a%5Ctb')).text()).toBe('5\ta\\tb\n');
    const form = new FormData();
    form.set('query', 'SELECT {n:UInt8}');
    form.set('param_n', '7');
    expect(await (await fetch(endpoint.url, { method: 'POST', body: form })).text()).toBe('7\n');
  });

  test('streams a million rows to @clickhouse/client, compressed as it likes', async () => {
    const client = createClient({ url: endpoint.url, compression: { response: true } });
    expect(await client.ping()).toEqual({ success: true });
    const result = await client.query({
      query: 'SELECT * FROM t WHERE n >= {from:UInt64}',
      query_params: { from: 0 },
      format: 'JSONEachRow',
    });
    let rows = 0;
    for await (const batch of result.stream()) rows += batch.length;
    expect(rows).toBe(ROWS);
    await client.close();
  });

  test('ends the query of a client that goes away', async () => {
    const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
    const sql = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${sql.length}\r\n\r\n${sql}`);
    await eventually(async () => (await running()) > 0, 'the query to run');
    socket.destroy();
    expect(await eventually(async () => (await running()) === 0, 'the query to end')).toBe(true);
  });

  test('an error in mid-stream breaks the answer off, so that no client takes it for whole', async () => {
    const response = await post('SELECT throwIf(number = 900000) FROM numbers(1000000)');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });
});

describe('the port of the endpoint', () => {
  test('is an error when it was requested and is taken; the default one, when taken, is replaced by a free one', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    await expect(serveSql(engine, { port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    const [first, second] = [await serveSql(engine, { port: null }), await serveSql(engine, { port: null })];
    expect(first.url).not.toBe(second.url);
    await Promise.all([first.close(), second.close(), new Promise((closed) => other.close(closed))]);
  });
});
