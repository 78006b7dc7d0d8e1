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
/** What is reported may be older than the truth by this much, on a machine that is never late. */
const TOLERANCE_MS = 1_000;
/** Four processes follow one another, and each may be as late as the application was. */
const PROCESSES = 4;
const WAKING_MS = 500;

/**
 * A transaction of the application: when it was begun, and when its commit was acknowledged; by the
 * one clock of this machine.
 */
interface Tick {
  readonly begunMs: number;
  readonly doneMs: number;
}

/** When the warehouse was asked, and the newest tick that it had. */
interface Seen {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly newest: number;
}

/** What a report says: that at a moment the tables were complete up to another. */
interface Said {
  readonly atMs: number;
  readonly asOfMs: number;
}

/**
 * Changes, tick by tick, as long as `work` takes; each is noted in `ticks`, whose index is its
 * number.
 */
async function during<T>(database: TestDatabase, ticks: Tick[], work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const writing = (async () => {
    while (!over.signal.aborted) {
      const begunMs = Date.now();
      await database.query(
        `INSERT INTO ticks SELECT $1::bigint * ${ROWS_A_TICK} + n, $1::int FROM generate_series(1, ${ROWS_A_TICK}) AS n`,
        [ticks.length],
      );
      ticks.push({ begunMs, doneMs: Date.now() });
      await sleep(Math.max(0, EVERY_MS - (Date.now() - begunMs)));
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await writing;
  }
}

/**
 * The least as-of that is true at the moment of the last of `known`. The tables become complete at
 * once after a stall, maybe between the reads of one look. So what was true some time before is
 * true still, if it is older by no more than the rest of the tolerance.
 */
function leastTrue(known: readonly Seen[], ticks: readonly Tick[], toleranceMs: number): number {
  const lastMs = known.at(-1)?.answeredMs ?? 0;
  return Math.min(
    ...known
      .map(({ answeredMs, newest }) => ({ agoMs: lastMs - answeredMs, begunMs: ticks[newest]?.begunMs ?? 0 }))
      .filter(({ agoMs }) => agoMs < toleranceMs)
      .map(({ agoMs, begunMs }) => begunMs - (toleranceMs - agoMs)),
  );
}

/** How long after its time a tick was committed at most: the machine has other work too. */
function latestOf(ticks: readonly Tick[]): number {
  return Math.max(...ticks.slice(1).map(({ doneMs }, index) => doneMs - (ticks[index]?.begunMs ?? doneMs) - EVERY_MS), 0);
}

/** Calls repeatedly until `signal`, and keeps the results. */
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
  const response = await fetch(sql, { method: 'POST', body: 'SELECT max(tick) FROM public.ticks FORMAT TSV' });
  const newest = Number(await response.text());
  return { askedMs, answeredMs: Date.now(), newest };
}

async function said(page: string): Promise<Said | null> {
  const report = (await (await fetch(new URL('/status', page))).json()) as StatusReport;
  const [ticks] = report.tables.filter(({ table }) => table === 'public.ticks');
  if (ticks?.asOf == null || ticks.freshnessSeconds === null) return null;
  const asOfMs = Date.parse(ticks.asOf);
  return { atMs: asOfMs + ticks.freshnessSeconds * 1000, asOfMs };
}

test(
  'reported freshness is true to within a second, and never better than the truth, no matter which stage stalls',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query('CREATE TABLE ticks (id bigint PRIMARY KEY, tick int NOT NULL)');
    await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
    const run = pipeline.start(['run', '--processes', 'each', '--sql-port', '0', '--http-port', '0']);
    const ready = await run.event('ready');
    await run.event('live');
    const ticks: Tick[] = [];
    const stall = fc.record({ role: fc.constantFrom('replicate', 'compact', 'monitor'), ms: fc.integer({ min: 500, max: 4000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(stall, { minLength: 1, maxLength: 2 }), async (stalls) => {
        const over = new AbortController();
        const woken: number[] = [];
        const first = ticks.length;
        const [reports, truths] = await during(database, ticks, async () => {
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
            if (role === 'monitor') woken.push(Date.now());
          }
          await sleep(3000);
          over.abort();
          return looking;
        });
        expect(reports.length).toBeGreaterThan(3);
        const toleranceMs = TOLERANCE_MS + PROCESSES * latestOf(ticks.slice(first));
        for (const { atMs, asOfMs } of reports) {
          const known = truths.filter(({ answeredMs }) => answeredMs <= atMs);
          const after = truths.find(({ askedMs }) => askedMs >= atMs);
          // Never better than the truth: what was committed before as-of is there.
          const due = ticks.findLastIndex(({ doneMs }) => doneMs <= asOfMs);
          if (after !== undefined) expect(after.newest).toBeGreaterThanOrEqual(due);
          // A monitor that was stopped in the middle of a look tells what it had read before, and
          // that it is so old by now.
          if (woken.some((wokenMs) => Math.abs(atMs - wokenMs) < WAKING_MS)) continue;
          if (known.length > 0) expect(asOfMs).toBeGreaterThan(leastTrue(known, ticks, toleranceMs));
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  },
);
