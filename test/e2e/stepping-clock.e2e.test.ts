import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { StatusReport } from '../../monitor/status.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';
import { FAKETIME_MISSING, steppingClock } from '../support/stepping-clock.ts';

const EVERY_MS = 10;

/** Keeps the application busy until it is disposed of. */
function load(database: TestDatabase): AsyncDisposable {
  const over = new AbortController();
  const done = (async () => {
    for (let n = 0; !over.signal.aborted; n += 1) {
      await database.query('INSERT INTO orders SELECT $1::int * 100 + g, now() FROM generate_series(1, 100) g', [n]);
      await sleep(EVERY_MS);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
    },
  };
}

test('a wall clock that steps an hour back and a day on delays nothing, under load', { timeout: 600_000 }, async ({ skip }) => {
  await using folder = await scratch();
  const clock = steppingClock(folder.path);
  if (clock === null) return skip(FAKETIME_MISSING);
  await using database = await createDatabase();
  await database.query('CREATE TABLE orders (id int PRIMARY KEY, at timestamptz NOT NULL)');
  await using pipeline = createPipeline({
    source: database.url,
    env: { TAILRACE_SOURCE_HEARTBEAT: '1s', ...clock.environment },
  });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const ready = await run.event('ready');
  await run.event('live');
  const status = async (): Promise<StatusReport> => (await (await fetch(new URL('/status', String(ready['page'])))).json()) as StatusReport;
  {
    await using _load = load(database);
    for (const seconds of [-3600, 25 * 3600, -3600, 0]) {
      clock.step(seconds);
      expect(await pipeline.cli(['await', '--now', '--timeout', '30s'])).toMatchObject({ code: 0 });
      const report = await eventually(async () => {
        const found = await status();
        return found.freshnessSeconds !== null && found.freshnessSeconds < 10 ? found : undefined;
      }, `fresh tables with the clock at ${seconds} s`);
      expect(report.notes.filter((note) => /compactor|replicator/.test(note))).toEqual([]);
    }
  }
  // A table that comes while the clock is wrong is copied, and goes live.
  clock.step(-3600);
  await database.query('CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1), (2)');
  await run.event('table', (event) => event['table'] === 'public.items' && event['state'] === 'live');
  clock.step(25 * 3600);
  expect(await pipeline.cli(['await', '--now', '--timeout', '30s'])).toMatchObject({ code: 0 });
  expect(await pipeline.cli(['verify'])).toMatchObject({ code: 0 });
});
