import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { qualifiedName } from '../core/table.ts';
import { wall } from '../core/time.ts';
import { putRequest } from '../lake/control.ts';
import type { CatalogEvent } from '../lake/manifest.ts';
import { ofLargeValue } from '../warehouse/large-value.ts';
import { quoteCh } from '../warehouse/names.ts';
import { dropUnclaimedViews, showTable } from './show-table.ts';
import type { ShowContext } from './show-table.ts';
import { isCopyComing } from './state/coming-copy.ts';
import { compareGenerations } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { frozen } from './state/frozen.ts';
import type { Position } from './state/position.ts';
import { storedError } from './state/table-error.ts';
import { worthAnotherCopy } from './state/worth-another-copy.ts';
import { dropStorage } from './storage/storage.ts';
import { beginAtBase, sweptError } from './swept.ts';
import type { SweptContext } from './swept.ts';
import type { CompactorContext } from './context.ts';

/** What a transition needs. */
export type TransitionContext = ShowContext & SweptContext & Pick<CompactorContext, 'home' | 'readsOnly' | 'retired'>;

/**
 * Transitions of a generation from one state to another. Each is saved first, then shown, and then
 * what it replaces is dropped. Doing one again changes nothing.
 */

/**
 * Stops a generation: it applies no more changes and stays readable until the next one is live. A
 * copy is requested unless one is on its way, or the lake is only read. An earlier request may
 * already have been answered by this very generation, when its consistent point lies inside the
 * batch that brings the fact.
 */
export async function stop(
  context: TransitionContext,
  generation: Generation,
  why: { at: Position; reason: string; needs: 'a copy' | 'nothing' },
): Promise<Generation> {
  const table = qualifiedName(generation.schema, generation.name);
  context.log.info({ table, generation: generation.generation, reason: why.reason }, 'table waits for a new copy');
  const next = { ...frozen(generation, context.state.front), state: 'waiting' as const, position: why.at };
  // The request is put before the state is saved: one copy too many is harmless, but a table whose
  // copy nobody requested would wait forever.
  if (why.needs === 'a copy' && !context.readsOnly && !(await isCopyComing(context.store, generation)))
    await putRequest(context.store, { kind: 'resync', table, tableId: generation.tableId, reason: why.reason });
  await context.state.save(next);
  return next;
}

/**
 * Values that neither lake nor warehouse has are never invented. The table waits for a copy that
 * has them, readable and with the reason, or is parked when copies do not help.
 */
export async function copyUnresolved(context: TransitionContext, generation: Generation, error: unknown): Promise<Generation> {
  const nowMs = wall();
  const earlier = context.state.generations().filter((one) => one.oid === generation.oid && compareGenerations(one, generation) < 0);
  if (!worthAnotherCopy(generation, earlier, nowMs)) return park(context, generation, error);
  const stored = storedError(error, nowMs);
  return stop(context, { ...generation, error: stored }, { at: generation.position, reason: stored.message, needs: 'a copy' });
}

/**
 * Parks a failed table, so that the others continue. One that was resumed and fails again is copied
 * instead, and one whose batches were swept begins again at its newest base. Rejects with
 * LAKE_UNAVAILABLE or LAKE_REPLACED when that is why it failed.
 */
export async function park(context: TransitionContext, generation: Generation, error: unknown): Promise<Generation> {
  // While the lake is unavailable every file is missing, and what a later version has written looks
  // damaged. Neither is a fault of the table.
  await context.home.open(null);
  const swept = await sweptError(context, generation, error);
  const begun = swept === null ? null : await beginAtBase(context, generation, swept);
  if (begun !== null) return begun;
  const stored = storedError(swept ?? (await ofLargeValue(context.engine, `tailrace.${quoteCh(generation.storage)}`, error)), wall());
  if (generation.resumed === true && stored.code !== 'BAD_CONFIG') {
    const why = { at: generation.position, reason: stored.message, needs: 'a copy' } as const;
    return stop(context, { ...generation, error: stored, resumed: false }, why);
  }
  context.log.error({ table: qualifiedName(generation.schema, generation.name), error: stored.message }, 'table parked');
  const next = { ...frozen(generation, context.state.front), state: 'parked' as const, error: stored, parkedFrom: generation.state };
  await context.state.save(next);
  return next;
}

/** The error of a table that is parked because the configuration does not fit it. */
export function heldBack({ reason }: CatalogEvent): TailraceError {
  return new TailraceError('BAD_CONFIG', reason ?? 'the configuration does not fit the table', {
    hint: 'Fix the section `table` of the configuration and restart; the table is then copied again by itself.',
  });
}

/** The table was dropped at the source. */
export async function dropTable(context: TransitionContext, generation: Generation): Promise<Generation> {
  const next = { ...generation, state: 'dropped' as const, visible: false, storage: '', history: undefined };
  await context.state.save(next);
  if (generation.visible) await dropUnclaimedViews(context, generation);
  if (generation.storage !== '') await dropStorage(context.engine, generation.storage);
  if (generation.history !== undefined) await dropStorage(context.engine, generation.history.storage);
  return next;
}

/** A generation that has met the front, and the earlier generations of its table. */
export interface Replacement {
  readonly next: Generation;
  readonly older: readonly Generation[];
}

/**
 * A generation as it is when it goes live, with those that it replaces. `all`: every generation of
 * the warehouse. Users see it once it is saved and shown.
 */
export function replacement(generation: Generation, all: readonly Generation[]): Replacement {
  const next = { ...generation, state: 'live' as const, visible: true, appliedLsn: null, asOf: null, error: null, resumed: false };
  const older = all.filter((one) => one.oid === generation.oid && one.state !== 'dropped' && compareGenerations(one, generation) < 0);
  return { next, older };
}

/** Shows a generation that is saved as live, and retires the storages of those before it. */
export async function showLive(context: TransitionContext, { next, older }: Replacement): Promise<void> {
  await showTable(context, next);
  failpoint('view-changed');
  for (const one of older) {
    const sameName = one.schema === next.schema && one.name === next.name;
    if (one.visible && !sameName) await dropUnclaimedViews(context, one);
    if (one.storage !== '') context.retired.add(one.storage);
    if (one.history !== undefined && one.history.storage !== next.history?.storage) context.retired.add(one.history.storage);
  }
  context.log.info({ table: qualifiedName(next.schema, next.name), generation: next.generation }, 'table is live');
}
