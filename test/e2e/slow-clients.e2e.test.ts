import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { StatusReport } from '../../monitor/status.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const CLIENTS = 1000;
/**
 * What slow clients do: say nothing, stop in the middle of what they say, ask for much and read
 * nothing of it.
 */
const QUERY = 'SELECT number, toString(number) FROM numbers(100000000)';
const WAYS = [
  '',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nSELECT',
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`,
];

function slowClient(port: number, n: number): Socket {
  const socket = createConnection({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(WAYS[n % WAYS.length] ?? '');
  return socket;
}

test('a thousand slow clients of endpoint and page do not move freshness', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE items (id int PRIMARY KEY)');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const ready = await run.event('ready');
  await run.event('live');
  const ports = [ready['sql'], ready['page']].map((url) => Number(new URL(String(url)).port));
  const clients = Array.from({ length: CLIENTS }, (_, n) => slowClient(ports[n % 2] ?? 0, Math.floor(n / 2)));
  try {
    for (let id = 1; id <= 10; id += 1) {
      await database.query('INSERT INTO items VALUES ($1)', [id]);
      await sleep(500);
    }
    const report = JSON.parse((await pipeline.cli(['status', '--json'])).stdout) as StatusReport;
    expect(report.freshnessSeconds).toBeLessThan(5);
    expect(run.stderr()).not.toMatch(/EMFILE|died/);
  } finally {
    for (const client of clients) client.destroy();
  }
  const sql = String(ready['sql']);
  const count = await eventually(async () => {
    const answer = await fetch(sql, { method: 'POST', body: 'SELECT count() FROM public.items FORMAT TSV' }).catch(() => null);
    return answer?.ok === true ? answer.text() : null;
  }, 'the endpoint to answer again');
  expect(count).toBe('10\n');
});
