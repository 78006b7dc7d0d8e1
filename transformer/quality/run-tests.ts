import { describeError, isAway } from '../../core/errors.ts';
import { elapsed } from '../../core/time.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { BoundTest } from './model-tests.ts';

/** What a test found. */
export interface TestOutcome {
  readonly test: string;
  readonly table: string;
  readonly severity: 'error' | 'warn';
  /** False also when it could not be told. */
  readonly ok: boolean;
  /** Failing rows. */
  readonly failures: number;
  /** At most 10 of them, by column. Long texts are cut. Never for logs or alerts. */
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  readonly durationMs: number;
  /** Why it could not be told; null: it could. It may contain values. */
  readonly error: string | null;
}

const SAMPLE_ROWS = 10;
const SAMPLE_BYTES = 16_000_000;
/** Characters of a text that a sample shows. */
const SHOWN = 1_000;

/**
 * Runs tests one after the other. `rename` moves the databases of a SELECT into the scope of a
 * freeze. A statement that the engine refuses is an outcome; only an engine that does not answer is
 * an error.
 */
export async function runTests(
  engine: Pick<Engine, 'query'>,
  tests: readonly BoundTest[],
  rename: (select: string) => string,
): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  for (const test of tests) outcomes.push(await runTest(engine, test, rename));
  return outcomes;
}

async function runTest(
  engine: Pick<Engine, 'query'>,
  { test, table, severity, select }: BoundTest,
  rename: (select: string) => string,
): Promise<TestOutcome> {
  const began = elapsed();
  const end = (found: Pick<TestOutcome, 'failures' | 'sample' | 'error'>): TestOutcome => ({
    test,
    table,
    severity,
    ok: found.error === null && found.failures === 0,
    ...found,
    durationMs: Math.round(elapsed() - began),
  });
  try {
    const failing = rename(select);
    const [counted] = await engine.query<{ failures: string }>(sql('count-failures', { test: failing }));
    const failures = Number(counted?.failures ?? 0);
    return end({ failures, sample: failures === 0 ? [] : await sampleOf(engine, failing), error: null });
  } catch (error) {
    if (isAway(error)) throw error;
    return end({ failures: 0, sample: [], error: describeError(error) });
  }
}

/** Rows that are too large to be shown are no reason to say less than that the test failed. */
async function sampleOf(engine: Pick<Engine, 'query'>, test: string): Promise<TestOutcome['sample']> {
  try {
    const values = { test, rows: String(SAMPLE_ROWS), bytes: String(SAMPLE_BYTES) };
    const rows = await engine.query<Record<string, unknown>>(sql('sample-failures', values));
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, cut(value)])));
  } catch (error) {
    if (isAway(error)) throw error;
    return [];
  }
}

function cut(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : value;
}
