import { TailraceError, describeError } from '../core/errors.ts';
import type { TestOutcome } from './quality/run-tests.ts';
import type { ModelError, ModelRecord } from './state/model-record.ts';

/** What a run did with one model. */
export interface ModelOutcome {
  readonly model: string;
  readonly status: 'published' | 'unchanged' | 'failed' | 'skipped';
  /** For a model that was not built: how it would be. */
  readonly mode: 'view' | 'full' | 'incremental';
  readonly startedAt: string;
  readonly durationMs: number;
  readonly rows: number | null;
  readonly touched: number | null;
  readonly outcomes: readonly TestOutcome[];
  readonly error: ModelError | null;
  /** Whether the whole build has the same content; null: it was not compared. */
  readonly compared: 'equal' | 'different' | null;
  /** Where the model stands after the run. */
  readonly record: ModelRecord;
}

export interface RunOutcome {
  readonly run: number;
  readonly lsn: string;
  readonly asOf: string | null;
  readonly models: readonly ModelOutcome[];
}

/** The error of a model whose test did not pass. */
export function testError({ test, failures, error }: TestOutcome): ModelError {
  return { code: 'TEST_FAILED', message: error ?? `${test}: ${failures} ${failures === 1 ? 'row fails' : 'rows fail'}` };
}

/** The error of a model that could not be built. */
export function errorOf(error: unknown): ModelError {
  const message = describeError(error);
  return { code: error instanceof TailraceError ? error.code : 'INTERNAL', message };
}

/** The part of a model that is not taken because `held` is held back. */
export function skipped(held: string): Pick<ModelOutcome, 'status' | 'error'> {
  return { status: 'skipped', error: { code: 'SKIPPED', message: `${held}, which it reads, was not published` } };
}

/** Whether what reads the model is skipped. */
export function isHeldBack(outcome: ModelOutcome | undefined): boolean {
  return outcome?.status === 'failed' || outcome?.status === 'skipped';
}
