import { request } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { monitorReport } from '../test/support/status-report.ts';
import { ALERT_KINDS } from './alert.ts';
import { MOST_STREAMS } from './event-stream.ts';
import { serveMonitor } from './http-server.ts';
import type { MonitorReport } from './monitor-report.ts';
import type { StatusReport } from './status.ts';

interface Answer {
  readonly code: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function get(url: string, options: { headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { headers: options.headers ?? {}, method: options.method ?? 'GET' }, (response) => {
      text(response).then((body) => resolve({ code: response.statusCode, headers: response.headers, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

function reportOf(other: Partial<StatusReport> = {}): MonitorReport {
  return monitorReport(other);
}

async function serve(report: MonitorReport | null, access: { host?: string; token?: string; port?: number } = {}) {
  const { host = '127.0.0.1', token = null, port = 0 } = access;
  const history = [{ atMs: 1, freshnessSeconds: 2, sourceBytes: 3, retainedBytes: 4 }];
  const server = await serveMonitor({ port, host, token }, { report: async () => report, history: () => history, everyMs: 20 });
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

test('/status is the report, /metrics has its figures, / is a page that loads nothing else', async () => {
  await using server = await serve(reportOf());
  expect(JSON.parse((await get(`${server.url}/status`)).body)).toEqual(reportOf());
  const metrics = await get(`${server.url}/metrics`);
  expect([metrics.code, metrics.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const page = await get(server.url);
  expect([page.code, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.body).not.toMatch(/\{\{|src=|href="http/);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect((await get(`${server.url}/other`)).code).toBe(404);
  const runbook = await get(`${server.url}/runbook`);
  expect([runbook.code, runbook.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  for (const kind of ALERT_KINDS) expect(runbook.body).toContain(`<section id="${kind}">`);
});

test('a probe learns whether there is a report, and whether targets are met', async () => {
  await using server = await serve(reportOf());
  expect(await get(`${server.url}/healthz`)).toMatchObject({ code: 200, body: 'ok\n' });
  expect(await get(`${server.url}/readyz`)).toMatchObject({ code: 200, body: 'ok\n' });
  const cause = { stage: 'compactor', reason: '3 batches are waiting to be applied' } as const;
  await using late = await serve(reportOf({ withinSla: false, cause }));
  expect((await get(`${late.url}/healthz`)).code).toBe(200);
  expect(await get(`${late.url}/readyz`)).toMatchObject({
    code: 503,
    body: 'held up by the compactor: 3 batches are waiting to be applied\n',
  });
  expect(await get(`${late.url}/healthz/compact`)).toMatchObject({ code: 503, body: '3 batches are waiting to be applied\n' });
  expect(await get(`${late.url}/healthz/replicate`)).toMatchObject({ code: 200, body: 'ok\n' });
  await using silent = await serve(null);
  expect((await get(`${silent.url}/healthz`)).code).toBe(503);
});

test('a foreign page that uses the name of this machine is refused', async () => {
  await using server = await serve(reportOf());
  expect((await get(`${server.url}/status`, { headers: { host: 'evil.example:8124' } })).code).toBe(403);
  expect((await get(`${server.url}/status`, { headers: { host: 'localhost:8124' } })).code).toBe(200);
});

test('off loopback nothing is shown without the token, and it leaves the address at once', async () => {
  await expect(serve(reportOf(), { host: '0.0.0.0' })).rejects.toThrow(/^BAD_CONFIG: httpHost is 0.0.0.0/);
  await using server = await serve(reportOf(), { host: '0.0.0.0', token: 'a long text' });
  for (const path of ['/', '/status', '/metrics', '/events']) expect((await get(`${server.url}${path}`)).code).toBe(401);
  expect(await get(`${server.url}/readyz`)).toMatchObject({ code: 200, body: '' });
  expect((await get(`${server.url}/status`, { headers: { authorization: 'Bearer a long text' } })).code).toBe(200);
  const welcome = await get(`${server.url}/?token=a%20long%20text`);
  expect([welcome.code, welcome.headers['location']]).toEqual([303, '/']);
  const [kept = ''] = welcome.headers['set-cookie'] ?? [];
  expect(kept).toContain('HttpOnly; SameSite=Strict');
  expect((await get(server.url, { headers: { cookie: kept.split(';')[0] ?? '' } })).code).toBe(200);
});

test('writes are refused, and malformed requests are answered', async () => {
  await using server = await serve(reportOf());
  expect((await get(server.url, { method: 'POST' })).code).toBe(405);
  const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
  socket.end('GET //[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1.1 404/);
});

test('a page gets the history and each new report; too many pages are told to retry', async () => {
  await using server = await serve(reportOf());
  const streams = await Promise.all(Array.from({ length: MOST_STREAMS }, () => fetch(`${server.url}/events`)));
  expect(streams.every(({ status }) => status === 200)).toBe(true);
  expect((await fetch(`${server.url}/events`)).status).toBe(503);
  const reader = streams[0]?.body?.pipeThrough(new TextDecoderStream()).getReader();
  let said = '';
  while (!said.includes('event: report')) said += (await reader?.read())?.value ?? '';
  expect(said).toContain('event: history\ndata: [{"atMs":1,');
  for (const stream of streams.slice(1)) await stream.body?.cancel();
});

test('without a report the answer is 503', async () => {
  await using server = await serve(null);
  expect((await get(`${server.url}/status`)).code).toBe(503);
});

test('a requested port that is in use is an error', async () => {
  await using server = await serve(reportOf());
  await expect(serve(null, { port: Number(new URL(server.url).port) })).rejects.toThrow(/^PORT_IN_USE: /);
});
