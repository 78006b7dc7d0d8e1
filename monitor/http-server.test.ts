import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serveMonitor } from './http-server.ts';
import type { StatusReport } from './status.ts';

const REPORT: StatusReport = {
  source: {
    lsn: '0/10',
    slot: {
      name: 's',
      walStatus: 'reserved',
      retainedBytes: 1,
      safeWalBytes: 2,
      active: true,
      growthPerHour: null,
      secondsUntilLost: null,
    },
  },
  lake: { durableLsn: '0/10', batches: 1, lastCommitTime: null },
  warehouse: { appliedLsn: '0/10', asOf: null },
  freshnessSeconds: 0.5,
  slaSeconds: 1800,
  withinSla: true,
  cause: null,
  tables: [],
  notes: [],
};

function get(
  url: string,
  options: { host?: string; method?: string } = {},
): Promise<{ code: number | undefined; type: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    request(url, { headers, method: options.method ?? 'GET' }, (response) => {
      text(response).then((body) => resolve({ code: response.statusCode, type: response.headers['content-type'], body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

async function serve(report: StatusReport | null) {
  const server = await serveMonitor(0, async () => report);
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

test('/status is the report, /metrics are its figures, / is a page', async () => {
  await using server = await serve(REPORT);
  expect(JSON.parse((await get(`${server.url}/status`)).body)).toEqual(REPORT);
  expect(await get(`${server.url}/metrics`)).toMatchObject({ code: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(await get(server.url)).toMatchObject({ code: 200, type: 'text/html; charset=utf-8' });
  expect((await get(`${server.url}/other`)).code).toBe(404);
});

test('a probe learns whether there is anything to tell, and whether promises are kept', async () => {
  await using server = await serve(REPORT);
  expect(await get(`${server.url}/healthz`)).toMatchObject({ code: 200, body: 'ok\n' });
  expect(await get(`${server.url}/readyz`)).toMatchObject({ code: 200, body: 'ok\n' });
  const cause = { stage: 'compactor', reason: '3 batches wait to be applied' } as const;
  await using late = await serve({ ...REPORT, withinSla: false, cause });
  expect((await get(`${late.url}/healthz`)).code).toBe(200);
  expect(await get(`${late.url}/readyz`)).toMatchObject({ code: 503, body: 'held up by the compactor: 3 batches wait to be applied\n' });
  await using silent = await serve(null);
  expect((await get(`${silent.url}/healthz`)).code).toBe(503);
});

test('a page elsewhere that calls itself this machine is refused', async () => {
  await using server = await serve(REPORT);
  expect((await get(`${server.url}/status`, { host: 'evil.example:8124' })).code).toBe(403);
  expect((await get(`${server.url}/status`, { host: 'localhost:8124' })).code).toBe(200);
});

test('nothing can be written', async () => {
  await using server = await serve(REPORT);
  expect((await get(server.url, { method: 'POST' })).code).toBe(405);
});

test('before there is a report it says so', async () => {
  await using server = await serve(null);
  expect((await get(`${server.url}/status`)).code).toBe(503);
});

test('a port that was asked for and is taken is an error', async () => {
  await using server = await serve(REPORT);
  const port = Number(new URL(server.url).port);
  await expect(serveMonitor(port, async () => null)).rejects.toThrow(/^PORT_IN_USE: /);
});
