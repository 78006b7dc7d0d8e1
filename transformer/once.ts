import { TailraceError } from '../core/errors.ts';
import { holdBuilder } from './hold-builder.ts';
import type { TransformerOptions } from './transformer-options.ts';
import { readModels } from './read-models.ts';
import { Freezes } from './run-freezes.ts';
import type { ModelOutcome } from './run-outcome.ts';
import { OldStorages } from './state/old-storages.ts';
import { turn } from './turn.ts';

/** What `transform --once` is asked for. */
export interface OnceOrder {
  /** Ids; none: all models. */
  readonly models: readonly string[];
  /** Builds whole. */
  readonly full: boolean;
  /** Builds whole beside it, compares the content and shows nothing. */
  readonly compare: boolean;
}

/** The answer of `transform --once --json`. */
export interface OnceReport {
  readonly run: number;
  readonly lsn: string;
  readonly models: readonly {
    readonly model: string;
    readonly status: ModelOutcome['status'];
    readonly mode: 'view' | 'full' | 'incremental';
    readonly durationMs: number;
    readonly rows: number | null;
    readonly touched: number | null;
    /** How many ran, and how many of them did not pass. */
    readonly tests: number;
    readonly failures: number;
    readonly error: { readonly code: string; readonly message: string } | null;
    /** Of `--compare`; null: there is nothing to compare, since each build is whole. */
    readonly compared: 'equal' | 'different' | null;
  }[];
}

/**
 * Runs models now, beside a living transformer or without one: it waits for a run that goes on.
 * Errors: BAD_ARGUMENT for a name that no model has, BAD_MODEL, NOT_RUNNING.
 */
export async function transformOnce(options: TransformerOptions, { models, full, compare }: OnceOrder): Promise<OnceReport> {
  const { store, warehouseId, log, signal, memoryBytes } = options;
  await using engine = await options.openBuilder();
  const folder = await readModels(options, engine, true);
  const unknown = models.find((name) => !folder.models.some(({ id }) => id === name));
  if (unknown !== undefined) throw new TailraceError('BAD_ARGUMENT', `there is no model ${unknown}`);
  await using hold = await holdBuilder({ engine, store, warehouseId }, 'run', { wait: true, signal });
  await using freezes = new Freezes({ store, warehouseId, signal, onAsked: options.onAsked }, log, { leaves: true });
  const context = { engine, freezes, log, memoryBytes, signal: AbortSignal.any([signal, hold.lost]) };
  const trigger = compare ? 'compare' : 'once';
  const named = models.length === 0 ? folder.models.map(({ id }) => id) : models;
  const { outcome } = await turn(context, new OldStorages({ leaves: true }), { models: folder.models, named, trigger, full, compare });
  if (outcome === null) throw new TailraceError('BAD_ARGUMENT', `there are no models in ${options.directory}`);
  return { run: outcome.run, lsn: outcome.lsn, models: outcome.models.map(reported) };
}

function reported(outcome: ModelOutcome): OnceReport['models'][number] {
  const { model, status, mode, durationMs, rows, touched, outcomes, error, compared } = outcome;
  const failures = outcomes.filter(({ ok }) => !ok).length;
  return { model, status, mode, durationMs: Math.round(durationMs), rows, touched, tests: outcomes.length, failures, error, compared };
}
