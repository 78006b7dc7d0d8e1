import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startCollector } from './collector.ts';
import type { Collector, CollectorOptions } from './collector.ts';
import { MOST_BYTES } from './event-body.ts';

let database: TestDatabase;
let collector: Collector;

beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => void (collector = await started()));
afterEach(() => collector.close());

async function started(options: Partial<CollectorOptions> = {}): Promise<Collector> {
  const usual = { source: database.url, port: 0, host: '127.0.0.1', queue: 1_000, waitMs: 20_000, log: silentLogger() };
  return startCollector({ ...usual, ...options });
}

const event = (other: object = {}): Record<string, unknown> & { id: string } => ({
  id: randomUUID(),
  at: '2026-03-01T10:00:00.123456Z',
  customer_id: 7,
  kind: 'order',
  payload: { total: 19.99 },
  ...other,
});

const post = (body: unknown, { url = collector.url, type = 'application/json' } = {}): Promise<Response> =>
  fetch(`${url}v1/events`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const stored = (ids: readonly string[]): Promise<{ id: string }[]> =>
  database.query<{ id: string }>('select * from client_events where id = any($1::uuid[])', [ids]);

test('events are in the table when the answer is there, as they were sent', async () => {
  const sent = event();
  const response = await post([sent]);
  expect([response.status, await response.json()]).toEqual([202, { accepted: 1, duplicates: 0, rejected: [] }]);
  const [row] = await database.query(
    `select id, at::text, customer_id::int, kind, payload, received_at > now() - interval '1 minute' as fresh from client_events where id = $1`,
    [sent.id],
  );
  expect(row).toEqual({ ...sent, at: expect.stringContaining('10:00:00.123456'), fresh: true });
});

test('a repeat changes nothing, in one request or in two', async () => {
  const sent = event();
  expect(await (await post({ events: [sent, { ...sent, kind: 'view' }] })).json()).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
  expect(await (await post([{ ...sent, id: sent.id.toUpperCase() }])).json()).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
  expect(await stored([sent.id])).toEqual([expect.objectContaining({ kind: 'order' })]);
});

test('malformed events are answered by their places, and so is one that only Postgres refuses', async () => {
  const sent = [event(), event({ id: 'x' }), event({ at: '2026-03-01T10:00:00+23:59' }), event()];
  const response = await post(sent);
  expect([response.status, await response.json()]).toEqual([
    202,
    {
      accepted: 2,
      duplicates: 0,
      rejected: [
        { index: 1, error: expect.stringContaining('id: ') },
        { index: 2, error: expect.stringContaining('time zone displacement') },
      ],
    },
  ]);
  expect(await stored([sent[0]?.id ?? '', sent[3]?.id ?? ''])).toHaveLength(2);
});

test('an empty request is fine', async () => {
  expect(await (await post([])).json()).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
});

test.each([
  ['no JSON', '{', 'application/json', 400],
  ['something else', '{"a": 1}', 'application/json', 400],
  ['another type', '[]', 'text/plain', 415],
  ['another charset', '[]', 'application/json; charset=latin1', 415],
  ['too many events', JSON.stringify(Array.from({ length: 1_001 }, () => event())), 'application/json', 413],
  ['too many bytes', `[${' '.repeat(MOST_BYTES)}]`, 'application/json', 413],
])('%s is refused', async (_what, body, type, status) => {
  const response = await post(body, { type });
  expect([response.status, await response.json()]).toEqual([status, { error: expect.any(String) }]);
});

test('a body without a length is refused as soon as it is too long, and the answer is read', async () => {
  const { hostname, port } = new URL(collector.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n',
  );
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  for (let sent = 0; sent < 2 * MOST_BYTES; sent += 0x10000) socket.write(chunk);
  socket.write('0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
});

test('it is healthy when the table is there, and other paths are not served', async () => {
  await eventually(async () => (await fetch(`${collector.url}healthz`)).status === 200, 'healthz');
  expect((await fetch(`${collector.url}v1/events`)).status).toBe(405);
  expect((await fetch(`${collector.url}etc/passwd`)).status).toBe(404);
  const page = await fetch(collector.url);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
});

test('the table is used where it is, by a role that may not create any', async () => {
  await (await post([event()])).json();
  const role = `writer_${database.name}`;
  await database.query(
    `create role ${role} login; revoke create on schema public from public; grant insert, select on client_events to ${role}`,
  );
  const url = new URL(database.url);
  url.username = role;
  const writer = await started({ source: url.href });
  try {
    expect((await post([event()], { url: writer.url })).status).toBe(202);
  } finally {
    await writer.close();
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});

test('a locked table fills the queue: 429, 503 after the wait, and nothing is lost when it is free', async () => {
  const full = await started({ queue: 3, waitMs: 1_000 });
  const sent = [event(), event(), event()];
  await (await post([event()])).json();
  try {
    await database.query('begin; lock table client_events in exclusive mode');
    const held = post(sent.slice(0, 2), { url: full.url });
    const second = post(sent.slice(2), { url: full.url });
    const third = await eventually(async () => {
      const response = await post([event()], { url: full.url });
      return response.status === 429 ? response : undefined;
    }, 'a full queue');
    expect(third.headers.get('retry-after')).toBe('1');
    for (const response of [await held, await second]) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    }
    await database.query('commit');
    const again = await eventually(async () => {
      const response = await post(sent, { url: full.url });
      return response.status === 202 ? response : undefined;
    }, 'a free table');
    const { accepted, duplicates } = (await again.json()) as { accepted: number; duplicates: number };
    expect(accepted + duplicates).toBe(3);
    expect(await stored(sent.map(({ id }) => id))).toHaveLength(3);
  } finally {
    await full.close();
  }
});

test('what waits at the end is stored and answered before it ends', async () => {
  const ending = await started();
  await (await post([event()])).json();
  const sent = event();
  await database.query('begin; lock table client_events in exclusive mode');
  const answer = post([sent], { url: ending.url });
  await eventually(async () => {
    // An analyze of autovacuum waits for the table too.
    const [row] = await database.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and backend_type = 'client backend'`,
    );
    return row?.n === 1;
  }, 'a waiting insert');
  const closed = ending.close();
  await database.query('commit');
  await closed;
  expect((await answer).status).toBe(202);
  expect(await stored([sent.id])).toHaveLength(1);
});
