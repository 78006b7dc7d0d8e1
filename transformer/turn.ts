import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import type { Model } from './folder/model.ts';
import { dropRunViews } from './build/run-views.ts';
import { forgetRemoved, recover } from './run-recovery.ts';
import { runModels } from './run-models.ts';
import type { RunContext } from './run-models.ts';
import type { RunOutcome } from './run-outcome.ts';
import { takenWith } from './state/due.ts';
import type { OldStorages } from './state/old-storages.ts';
import { TransformState } from './state/transform-state.ts';

/** What one run is asked for. */
export interface TurnOrder {
  /** All models of the folder, in topological order. */
  readonly models: readonly Model[];
  /** Ids; the models that they read are taken too. */
  readonly named: readonly string[];
  readonly trigger: string;
  readonly full: boolean;
  readonly compare: boolean;
}

/** Freezes with earlier images that live at one time. */
const MOST_FREEZES = 4;

/**
 * One run from recovery to cleaning up. Only the process that holds the run may call it. Returns
 * the state after it and what was done; null: nothing was to be built.
 */
export async function turn(
  context: RunContext,
  old: OldStorages,
  order: TurnOrder,
): Promise<{ state: TransformState; outcome: RunOutcome | null }> {
  const { engine, freezes } = context;
  const unknown = order.named.find((name) => !order.models.some(({ id }) => id === name));
  if (unknown !== undefined) throw new TailraceError('BAD_ARGUMENT', `there is no model ${unknown}`);
  const state = await TransformState.open(engine);
  freezes.takeOver(await recover(engine, state));
  await old.note(engine, state, elapsed());
  await forgetRemoved(engine, state, order.models);
  const isShown = (id: string): boolean => Boolean(state.records.get(id)?.shown);
  const taken = takenWith(order.named, order.models, isShown);
  const { trigger, full, compare, models } = order;
  const outcome = taken.size === 0 ? null : await runModels(context, state, { models, taken, trigger, full, compare });
  await dropRunViews(engine);
  freezes.keepOnly(keptFreezes(state));
  await old.drop(engine, state, elapsed());
  return { state, outcome };
}

/** The freezes whose images the next builds need, newest first, and their tables. */
export function keptFreezes(state: TransformState): Map<string, string[]> {
  const kept = new Map<string, Set<string>>();
  const shown = [...state.records.values()].flatMap((record) => (record.shown?.freeze ? [record.shown] : []));
  for (const one of shown.toSorted((a, b) => b.manifest - a.manifest)) {
    const name = one.freeze ?? '';
    if (!kept.has(name) && kept.size >= MOST_FREEZES) continue;
    const tables = kept.get(name) ?? new Set<string>();
    for (const table of one.kept) tables.add(table);
    kept.set(name, tables);
  }
  return new Map([...kept].map(([name, tables]) => [name, [...tables].toSorted()]));
}
