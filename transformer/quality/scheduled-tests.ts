import { withHistories } from '../../core/table-state.ts';
import { describeError } from '../../core/errors.ts';
import { hideValues } from '../../core/hide-values.ts';
import { elapsed } from '../../core/time.ts';
import type { ModelsReport } from '../../lake/models-report.ts';
import type { Position } from '../../lake/readers.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh } from '../../warehouse/names.ts';
import type { Folder, TestFile } from '../folder/model.ts';
import type { ModelRecord } from '../state/model-record.ts';
import type { TestOutcome } from './run-tests.ts';
import { canBeTested, inputsOf, isTestDue } from './test-due.ts';
import type { LastTest } from './test-due.ts';
import { testNow } from './test-now.ts';
import type { TestContext } from './test-now.ts';

/** What scheduled tests work with. */
interface TestEnds extends Omit<TestContext, 'engine'> {
  /** An engine of the role `builder`; it is closed after the tests that were due. */
  readonly openBuilder: () => Promise<Engine>;
  /** Called when tests ended, so that the report is written again. */
  readonly onEnded?: () => void;
}

/** What there is to be tested at one moment. */
export interface TestedNow {
  readonly folder: Pick<Folder, 'models' | 'tests'>;
  readonly records: ReadonlyMap<string, ModelRecord>;
  readonly position: Position;
  /** By the wall clock. */
  readonly nowMs: number;
}

type Outcome = Pick<TestOutcome, 'test' | 'table' | 'severity' | 'ok' | 'failures' | 'error'>;

interface Known {
  readonly startedMs: number;
  /** By the clock of this process; null: before it. */
  readonly elapsedMs: number | null;
  readonly inputs: string | null;
  readonly outcomes: readonly Outcome[];
}

/**
 * Runs the tests of DIR/tests when they are due, one batch at a time, beside the runs of models.
 * They read the models as readers see them. Their record is tailrace.quality, so a restart knows
 * what they found.
 */
export class ScheduledTests {
  readonly #ends: TestEnds;
  readonly #known = new Map<string, Known>();
  #loaded = false;
  #work: Promise<void> | null = null;
  #closed = false;

  constructor(ends: TestEnds) {
    this.#ends = ends;
  }

  /**
   * Starts what is due at this time and returns at once; the caller asks again at least every half
   * minute.
   */
  tick(now: TestedNow): void {
    if (now.folder.tests.length === 0 || this.#closed || this.#work !== null) return;
    if (this.#loaded && this.#due(now).length === 0) return;
    this.#work = this.#testDue(now)
      .catch((error: unknown) => {
        if (!this.#closed) this.#ends.log.warn({ error: hideValues(describeError(error)) }, 'tests could not run');
      })
      .finally(() => (this.#work = null));
  }

  /** Resolves when the tests that run now have ended. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** What the files found last. Values that the engine quotes are taken out. */
  reports({ tests }: Pick<Folder, 'tests'>): ModelsReport['tests'] {
    return tests
      .flatMap(({ name }) => this.#known.get(name)?.outcomes ?? [])
      .map(({ test, table, severity, ok, failures, error }) => ({
        test,
        table,
        severity,
        ok,
        failures,
        error: error === null ? null : { code: /^[A-Z_]+(?=:)/.exec(error)?.[0] ?? 'TEST_FAILED', message: hideValues(error) },
      }));
  }

  /** Starts nothing more and waits for what runs; the caller aborts its signal to end it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
  }

  #due({ folder, records, position, nowMs }: TestedNow): TestFile[] {
    const tables = withHistories(position.tables);
    const there = { models: new Set(folder.models.map(({ id }) => id)), tables };
    return folder.tests.filter(
      (file) => canBeTested(file, records, there) && isTestDue(file, this.#lastOf(file.name), inputsOf(file, records, tables), nowMs),
    );
  }

  #lastOf(name: string): LastTest {
    const known = this.#known.get(name);
    const begunMs = known?.elapsedMs ?? null;
    return { startedMs: known?.startedMs ?? null, inputs: known?.inputs ?? null, sinceMs: begunMs === null ? null : elapsed() - begunMs };
  }

  async #testDue(now: TestedNow): Promise<void> {
    await using engine = await this.#ends.openBuilder();
    if (!this.#loaded) await this.#load(engine, now.folder.tests);
    const files = this.#due(now);
    if (files.length === 0 || this.#closed) return;
    // A batch that fails as a whole is tried again at its next time, not at once.
    for (const file of files) this.#know(file, now, this.#known.get(file.name)?.outcomes ?? []);
    const { records, folder } = now;
    const { tests } = await testNow({ ...this.#ends, engine }, { checks: [], files, models: folder.models, records, asShown: true });
    for (const file of files) {
      const outcomes = tests.filter(({ test }) => test === file.name);
      this.#know(file, now, outcomes);
      for (const { test, table, severity, ok, failures, error } of outcomes) {
        const facts = { test, table, severity, failures, ...(error === null ? {} : { error: hideValues(error) }) };
        if (ok) this.#ends.log.debug(facts, 'test passed');
        else this.#ends.log.warn(facts, 'test failed');
      }
    }
    this.#ends.onEnded?.();
  }

  #know(file: TestFile, { nowMs, records, position }: TestedNow, outcomes: readonly Outcome[]): void {
    this.#known.set(file.name, {
      startedMs: nowMs,
      elapsedMs: elapsed(),
      inputs: inputsOf(file, records, withHistories(position.tables)),
      outcomes,
    });
  }

  async #load(engine: Engine, files: readonly TestFile[]): Promise<void> {
    const names = files.map(({ name }) => literalCh(name)).join(', ');
    const rows = await engine.query<Omit<Outcome, 'error' | 'failures'> & { failures: string; detail: string; atMs: string }>(
      sql('last-quality', { names }),
    );
    for (const { name } of files) {
      const found = rows.filter(({ test }) => test === name);
      const [first] = found;
      if (first === undefined) continue;
      const outcomes = found.map(({ detail, failures, atMs: _atMs, ...rest }) => {
        const isUntold = !rest.ok && failures === '0';
        return { ...rest, failures: Number(failures), error: isUntold ? detail : null };
      });
      this.#known.set(name, { startedMs: Number(first.atMs), elapsedMs: null, inputs: null, outcomes });
    }
    this.#loaded = true;
    this.#ends.onEnded?.();
  }
}
