import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { serveMonitor } from '../../monitor/http-server.ts';
import { openServed } from '../../warehouse/open-served.ts';
import { ReportFolder } from '../../watcher/report-folder.ts';
import { watchRoutes } from '../../watcher/watch-routes.ts';
import { Watcher } from '../../watcher/watcher.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { EventReader } from '../support/servers/event-reader.ts';

const ACCOUNTS = 20;
const TOTAL = 2 * ACCOUNTS * 1000;
const CLIENTS = 200;
const READINGS = 30;
const SCHEMA = `
  create table debits (id int primary key, amount int not null);
  create table credits (id int primary key, amount int not null);
  create table clicks (id int primary key, at timestamptz not null);
  insert into debits select i, 1000 from generate_series(1, ${ACCOUNTS}) i;
  insert into credits select i, 1000 from generate_series(1, ${ACCOUNTS}) i;
  insert into clicks select i, '2026-01-02 12:00:00Z'::timestamptz + i * interval '20 seconds' from generate_series(1, 9) i`;

const REPORTS: Record<string, string> = {
  sums: '-- @every 100ms\nSELECT (SELECT sum(amount) FROM public.debits) AS d, (SELECT sum(amount) FROM public.credits) AS c, d + c AS both',
  joined: 'SELECT sum(d.amount + c.amount) AS both FROM public.debits AS d JOIN public.credits AS c ON c.id = d.id',
  debits: 'SELECT id, amount FROM public.debits ORDER BY id',
  credits: 'SELECT id, amount FROM public.credits ORDER BY id',
  exact: 'SELECT count() AS n, sum(amount) AS s FROM public.debits__exact',
  poorest: 'SELECT min(amount) AS least FROM public.debits',
};
const MINUTES = "SELECT formatDateTime(at, '%H:%i') AS minute, count() AS clicks FROM public.clicks GROUP BY minute ORDER BY minute";

/** The routes of a monitor in this process, over the pipeline's lake and warehouse. */
async function serve(pipeline: Pipeline, models: string, port = 0) {
  const [warehouseId = ''] = readdirSync(path.join(pipeline.lake, 'readers'));
  const log = silentLogger();
  const store = new DirectoryStore(pipeline.lake);
  const watcher = new Watcher({ store, warehouseId, log, openReader: () => openServed(pipeline.warehouse, log) });
  const reports = new ReportFolder(models);
  const source = { report: async () => null, history: () => [], everyMs: 1000 };
  const server = await serveMonitor({ port, host: '127.0.0.1', token: null }, source, watchRoutes({ watcher, reports }));
  return {
    watcher,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.close();
      await watcher[Symbol.asyncDispose]();
      await reports[Symbol.asyncDispose]();
    },
  };
}

const rowsOf = ({ events }: EventReader): unknown[][][] => events.map(({ data }) => (JSON.parse(data) as { rows: unknown[][] }).rows);
const answered = (readers: readonly EventReader[], count: number): Promise<boolean> =>
  eventually(() => readers.every(({ events }) => events.length >= count), `${count} answers each`);

test('many clients cost one execution for each report, and no answer shows half a transaction', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const models = path.join(pipeline.folder, 'models');
  mkdirSync(path.join(models, 'reports'), { recursive: true });
  for (const [name, text] of Object.entries(REPORTS)) writeFileSync(path.join(models, 'reports', `${name}.sql`), text);
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  const move = (id: number): Promise<unknown> =>
    database.query(
      `begin; update debits set amount = amount - 1 where id = ${id}; update credits set amount = amount + 1 where id = ${id}; commit`,
    );
  {
    await using server = await serve(pipeline, models);
    const { watcher, url } = server;
    const readers = await Promise.all(
      Array.from({ length: CLIENTS }, (_, n) => EventReader.open(`${url}/watch?report=${Object.keys(REPORTS)[n % 6]}`)),
    );
    await answered(readers, 1);
    expect(watcher.figures).toEqual({ queries: 6, listeners: CLIENTS, executions: 6 });
    await move(1);
    // The join of both is the same as before, and is not sent.
    await answered(
      readers.filter((_, n) => n % 6 !== 1),
      2,
    );
    await eventually(() => watcher.figures.executions === 12, 'an execution for each report');
    for (const reader of readers) await reader[Symbol.asyncDispose]();

    await using sums = await EventReader.open(`${url}/watch?report=sums`);
    let moved = 0;
    while (sums.events.length < READINGS) await move(1 + (moved++ % ACCOUNTS));
    expect(moved).toBeGreaterThan(READINGS);
    expect(new Set(rowsOf(sums).map(([row]) => row?.[2]))).toEqual(new Set([TOTAL]));
    expect(new Set(rowsOf(sums).map(([row]) => row?.[0])).size).toBe(sums.events.length);
  }
  await using server = await serve(pipeline, models);
  const address = `${server.url}/watch?sql=${encodeURIComponent(MINUTES)}`;
  await using minutes = await EventReader.open(address);
  await answered([minutes], 1);
  expect(rowsOf(minutes)).toEqual([
    [
      ['12:00', 2],
      ['12:01', 3],
      ['12:02', 3],
      ['12:03', 1],
    ],
  ]);
  await database.query("insert into clicks values (100, '2026-01-02 12:01:30Z'), (101, '2026-01-02 15:00:00Z')");
  await answered([minutes], 2);
  expect(rowsOf(minutes)[1]).toEqual([
    ['12:00', 2],
    ['12:01', 4],
    ['12:02', 3],
    ['12:03', 1],
    ['15:00', 1],
  ]);

  // A monitor that starts again sends only what the client does not know.
  const port = Number(new URL(server.url).port);
  const known = minutes.events.at(-1)?.id ?? '';
  await server[Symbol.asyncDispose]();
  await using next = await serve(pipeline, models, port);
  await using again = await EventReader.open(address, { 'last-event-id': known });
  await eventually(() => next.watcher.figures.executions > 0, 'an execution');
  await database.query("insert into clicks values (102, '2026-01-02 15:00:01Z')");
  await answered([again], 1);
  expect(rowsOf(again)[0]?.at(-1)).toEqual(['15:00', 2]);
});
