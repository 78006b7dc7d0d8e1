import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StatusReport } from '../../monitor/status.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const EVERY_MS = 100;
/** 5,000 changes a second. */
const ROWS_A_TICK = 500;
/** What was measured may be off by this much. */
const TOLERANCE_MS = 1_000;

/** When the warehouse was asked, and the newest commit that it had; all by the one clock of this machine. */
interface Seen {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly newestMs: number;
}

/** What a report says: that at a moment the tables were complete up to another. */
interface Said {
  readonly atMs: number;
  readonly asOfMs: number;
}

/** Changes, each tick with its own time, as long as `work` takes. */
async function during<T>(database: TestDatabase, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const writing = (async () => {
    for (let tick = 0; !over.signal.aborted; tick += 1) {
      const begun = performance.now();
      await database.query(
        `INSERT INTO ticks SELECT $1::bigint * ${ROWS_A_TICK} + n, clock_timestamp() FROM generate_series(1, ${ROWS_A_TICK}) AS n`,
        [Date.now() * 10 + (tick % 10)],
      );
      await sleep(Math.max(0, EVERY_MS - (performance.now() - begun)));
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await writing;
  }
}

/** Calls again and again until `signal`, and keeps what came. */
async function poll<T>(signal: AbortSignal, look: () => Promise<T | null>): Promise<T[]> {
  const found: T[] = [];
  while (!signal.aborted) {
    const one = await look();
    if (one !== null) found.push(one);
    await sleep(50);
  }
  return found;
}

async function seen(sql: string): Promise<Seen> {
  const askedMs = Date.now();
  const response = await fetch(sql, { method: 'POST', body: 'SELECT toUnixTimestamp64Milli(max(at)) FROM public.ticks FORMAT TSV' });
  const newestMs = Number(await response.text());
  return { askedMs, answeredMs: Date.now(), newestMs };
}

async function said(page: string): Promise<Said | null> {
  const report = (await (await fetch(new URL('/status', page))).json()) as StatusReport;
  const [ticks] = report.tables.filter(({ table }) => table === 'public.ticks');
  if (ticks?.asOf == null || ticks.freshnessSeconds === null) return null;
  const asOfMs = Date.parse(ticks.asOf);
  return { atMs: asOfMs + ticks.freshnessSeconds * 1000, asOfMs };
}

test('reported freshness is the truth to within a second, and never better than it, whatever stalls', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE ticks (id bigint PRIMARY KEY, at timestamptz NOT NULL)');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const ready = await run.event('ready');
  await run.event('live');
  const stall = fc.record({ role: fc.constantFrom('replicate', 'compact', 'monitor'), ms: fc.integer({ min: 500, max: 4000 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(stall, { minLength: 1, maxLength: 2 }), async (stalls) => {
      const over = new AbortController();
      const [reports, truths] = await during(database, async () => {
        await sleep(2000);
        const looking = Promise.all([
          poll(over.signal, () => said(String(ready['page']))),
          poll(over.signal, () => seen(String(ready['sql']))),
        ]);
        for (const { role, ms } of stalls) {
          await sleep(1000);
          const pid = run.roles().get(role) ?? 0;
          process.kill(pid, 'SIGSTOP');
          await sleep(ms);
          process.kill(pid, 'SIGCONT');
        }
        await sleep(3000);
        over.abort();
        return looking;
      });
      expect(reports.length).toBeGreaterThan(3);
      for (const { atMs, asOfMs } of reports) {
        const before = truths.findLast(({ answeredMs }) => answeredMs <= atMs);
        const after = truths.find(({ askedMs }) => askedMs >= atMs);
        // A tick later than the newest that is there may have been committed before as-of: nothing lies between.
        if (after !== undefined) expect(asOfMs).toBeLessThanOrEqual(after.newestMs + 2 * EVERY_MS + TOLERANCE_MS / 2);
        if (before !== undefined) expect(asOfMs).toBeGreaterThan(before.newestMs - TOLERANCE_MS);
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
