import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { HttpEngine } from './http-engine.ts';

/** Fails after about 900,000 rows. */
const FAILS = "SELECT toString(number), throwIf(number = 900000, 'boom') FROM numbers(1000000)";
const REASON = /\r\n__exception__\r\n([a-z]{16})\r\nCode: 395\. DB::Exception: boom[^\n]*\n\d+ \1\r\n__exception__\r\n$/;

let folder: Scratch;
let engine: EmbeddedEngine;
let endpoint: Endpoint;
beforeAll(async () => {
  folder = await scratch('failed-answer');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  endpoint = await serveSql(engine, { port: 0 });
});
afterAll(async () => {
  await endpoint.close();
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

/**
 * What comes over the wire for one request, and how the connection ends: with an error's code or in
 * order.
 */
async function rawAnswer(
  version: '1.0' | '1.1',
  sql: string,
  path = '/',
  header = '',
): Promise<{ head: string; body: Buffer; ended: string }> {
  const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
  let ended = 'in order';
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code ?? error.message));
  socket.write(`POST ${path} HTTP/${version}\r\nHost: 127.0.0.1\r\n${header}Content-Length: ${Buffer.byteLength(sql)}\r\n\r\n${sql}`);
  await new Promise((closed) => socket.once('close', closed));
  const answer = Buffer.concat(chunks);
  const at = answer.indexOf('\r\n\r\n');
  return { head: answer.subarray(0, at).toString(), body: answer.subarray(at + 4), ended };
}

describe('a query that fails after its first rows', () => {
  test('over HTTP/1.0 ends with its reason, and the connection is reset', async () => {
    const { head, body, ended } = await rawAnswer('1.0', FAILS);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(head).toContain(`X-ClickHouse-Exception-Tag: ${REASON.exec(body.toString())?.[1]}`);
    expect(ended).toBe('ECONNRESET');
  });

  test('over HTTP/1.0 differs from one that is whole', async () => {
    expect(await rawAnswer('1.0', 'SELECT 1')).toMatchObject({ body: Buffer.from('1\n'), ended: 'in order' });
  });

  test('over HTTP/1.1 ends with its reason, and without the last chunk', async () => {
    const { body } = await rawAnswer('1.1', FAILS);
    expect(body.toString()).toMatch(/Code: 395\. DB::Exception: boom/);
    expect(body.toString().endsWith('0\r\n\r\n')).toBe(false);
    await expect(fetch(endpoint.url, { method: 'POST', body: FAILS }).then((response) => response.text())).rejects.toThrow('terminated');
  });

  test('has its reason in the compressed body too', async () => {
    const { body } = await rawAnswer('1.0', FAILS, '/?enable_http_compression=1', 'Accept-Encoding: gzip\r\n');
    expect(gunzipSync(body).toString()).toMatch(REASON);
  });

  test('is an error of the engine to @clickhouse/client', async () => {
    await using client = createClient({ url: endpoint.url, log: { level: ClickHouseLogLevel.OFF } });
    const result = await client.query({ query: FAILS, format: 'JSONEachRow' });
    const read = async (): Promise<number> => {
      let rows = 0;
      for await (const batch of result.stream()) rows += batch.length;
      return rows;
    };
    await expect(read()).rejects.toMatchObject({ code: '395', message: expect.stringContaining('boom') as string });
  });

  test('is an error of the engine to a process of ours, after its rows', async () => {
    await using reader = await HttpEngine.open({ url: endpoint.url, log: silentLogger() });
    const { body } = await reader.read({ sql: FAILS, format: 'TabSeparated' });
    await expect(text(body)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY', message: expect.stringContaining('boom') as string });
  });
});
