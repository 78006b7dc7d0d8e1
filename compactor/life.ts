import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { qualifiedName } from '../core/table.ts';
import { wall } from '../core/time.ts';
import { putRequest } from '../lake/control.ts';
import type { CatalogEvent, FileEntry } from '../lake/manifest.ts';
import { ofLargeValue } from '../warehouse/large-value.ts';
import { quoteCh } from '../warehouse/names.ts';
import { isCopyComing } from './state/coming-copy.ts';
import { compareGenerations } from './state/generation.ts';
import type { Generation, Position } from './state/generation.ts';
import { columnsWithNull, withNulls } from './state/null-columns.ts';
import { standing } from './state/position.ts';
import { schemaChange } from './storage/schema-change.ts';
import { changeStorage, dropStorage } from './storage/storage.ts';
import { storedError } from './state/table-error.ts';
import { worthAnotherCopy } from './state/worth-another-copy.ts';
import { dropViews, exactName, putViews } from './storage/view.ts';
import type { CompactorContext } from './context.ts';

/**
 * Changes in a generation's life. Each is recorded first, then shown, then the old goes; doing it
 * again changes nothing.
 */

/**
 * Brings storage and view to another schema, or stops the generation where only a new copy leads
 * on. `at`: everything before is applied.
 */
export async function adoptSchema(
  context: CompactorContext,
  generation: Generation,
  to: { hash: string; at: Position },
): Promise<Generation> {
  if (generation.schemaHash === to.hash) return generation;
  const schema = await context.schemas.get(generation.tableId, to.hash);
  const before = await context.schemas.get(generation.tableId, generation.schemaHash);
  const change = schemaChange(before, schema);
  if (change.kind === 'resync') return stop(context, generation, { at: to.at, reason: change.reason, needs: 'a copy' });
  await changeStorage(context.engine, generation.storage, change);
  const nullable = await columnsWithNull(context.engine, generation, { from: before, to: schema });
  const next = { ...generation, schemaHash: to.hash, nullable, schema: schema.schema, name: schema.name, position: to.at };
  await context.state.save(next);
  if (!next.visible) return next;
  await putViews(context.engine, { schema, storage: next.storage, nullable }, shown(context));
  failpoint('view-changed');
  if (change.renamed) await dropUnclaimedViews(context, generation);
  return next;
}

/**
 * Shows columns as Nullable that are NOT NULL in the schema, before rows come that have a NULL in
 * them.
 */
export async function admitNulls(
  context: CompactorContext,
  generation: Generation,
  files: readonly Pick<FileEntry, 'nulls'>[],
): Promise<Generation> {
  const next = withNulls(generation, files);
  if (next === generation || !next.visible) return next;
  await context.state.save(next);
  await showTable(context, next);
  failpoint('view-changed');
  return next;
}

/**
 * The generation takes no more changes; what it has stays readable until the next one is there,
 * which is asked for unless it is on its way. Who asked may have been answered already by this very
 * generation, when its consistent point lies inside the batch that tells of it.
 */
export async function stop(
  context: CompactorContext,
  generation: Generation,
  why: { at: Position; reason: string; needs: 'a copy' | 'nothing' },
): Promise<Generation> {
  const table = qualifiedName(generation.schema, generation.name);
  context.log.info({ table, generation: generation.generation, reason: why.reason }, 'table waits for a new copy');
  const next = { ...frozen(context, generation), state: 'waiting' as const, position: why.at };
  // Asked first: one copy too many is harmless, a table that waits for one that nobody was asked
  // for would wait for ever.
  if (why.needs === 'a copy' && !(await isCopyComing(context.store, generation)))
    await putRequest(context.store, { kind: 'resync', table, tableId: generation.tableId, reason: why.reason });
  await context.state.save(next);
  return next;
}

/**
 * Values that nothing in lake and warehouse can tell are never made up: the table waits, readable
 * and with the reason, for a copy that has them, or is set aside when copies do not help.
 */
export async function copyUnresolved(context: CompactorContext, generation: Generation, error: unknown): Promise<Generation> {
  const nowMs = wall();
  const earlier = context.state.generations().filter((one) => one.oid === generation.oid && compareGenerations(one, generation) < 0);
  if (!worthAnotherCopy(generation, earlier, nowMs)) return park(context, generation, error);
  const stored = storedError(error, nowMs);
  return stop(context, { ...generation, error: stored }, { at: generation.position, reason: stored.message, needs: 'a copy' });
}

/**
 * Sets a failed table aside, so that the others go on. One that was resumed and fails again is
 * copied instead. LAKE_UNAVAILABLE, LAKE_REPLACED where that is why it failed.
 */
export async function park(context: CompactorContext, generation: Generation, error: unknown): Promise<Generation> {
  // While the lake is away every file is missing, and no table is to blame.
  await context.home.require();
  const stored = storedError(await ofLargeValue(context.engine, `tailrace.${quoteCh(generation.storage)}`, error), wall());
  if (generation.resumed === true && stored.code !== 'BAD_CONFIG') {
    const why = { at: generation.position, reason: stored.message, needs: 'a copy' } as const;
    return stop(context, { ...generation, error: stored, resumed: false }, why);
  }
  context.log.error({ table: qualifiedName(generation.schema, generation.name), error: stored.message }, 'table parked');
  const next = { ...frozen(context, generation), state: 'parked' as const, error: stored, parkedFrom: generation.state };
  await context.state.save(next);
  return next;
}

/** Why a table is parked that the configuration does not fit. */
export function heldBack({ reason }: CatalogEvent): TailraceError {
  return new TailraceError('BAD_CONFIG', reason ?? 'the configuration does not fit the table', {
    hint: 'Mend the section `table` of the configuration and start again; the table is copied anew by itself.',
  });
}

/** The table is gone at the source. */
export async function dropTable(context: CompactorContext, generation: Generation): Promise<Generation> {
  const next = { ...generation, state: 'dropped' as const, visible: false, storage: '' };
  await context.state.save(next);
  if (generation.visible) await dropUnclaimedViews(context, generation);
  if (generation.storage !== '') await dropStorage(context.engine, generation.storage);
  return next;
}

/** A generation that has met the front, and the earlier ones of its table that it replaces. */
export interface NewLife {
  readonly next: Generation;
  readonly older: readonly Generation[];
}

/**
 * From now on it is what users see, once that is saved and shown. `all`: every generation there is.
 */
export function replaced(generation: Generation, all: readonly Generation[]): NewLife {
  const next = { ...generation, state: 'live' as const, visible: true, appliedLsn: null, asOf: null, error: null, resumed: false };
  const older = all.filter((one) => one.oid === generation.oid && one.state !== 'dropped' && compareGenerations(one, generation) < 0);
  return { next, older };
}

/** Shows what is saved as live; what it replaces goes. */
export async function showLive(context: CompactorContext, { next, older }: NewLife): Promise<void> {
  await showTable(context, next);
  failpoint('view-changed');
  for (const one of older) {
    const sameName = one.schema === next.schema && one.name === next.name;
    if (one.visible && !sameName) await dropUnclaimedViews(context, one);
    if (one.storage !== '') context.retired.add(one.storage);
  }
  context.log.info({ table: qualifiedName(next.schema, next.name), generation: next.generation }, 'table is live');
}

/** Makes a visible generation's views say where its rows are. */
export async function showTable(context: CompactorContext, generation: Generation): Promise<void> {
  const schema = await context.schemas.get(generation.tableId, generation.schemaHash);
  await putViews(context.engine, { schema, storage: generation.storage, nullable: generation.nullable ?? [] }, shown(context));
}

function shown(context: CompactorContext): Generation[] {
  return context.state.generations().filter(({ visible }) => visible);
}

/**
 * A name may belong to another table by now, which is shown under it then whatever was shown last;
 * or have been taken from the exact view of one, which gets it back.
 */
async function dropUnclaimedViews(context: CompactorContext, generation: Generation): Promise<void> {
  const { schema, name } = generation;
  const tables = shown(context).filter((one) => one.schema === schema);
  const heir = tables.find((one) => one.name === name && one.tableId !== generation.tableId);
  if (heir !== undefined) await showTable(context, heir);
  else if (!tables.some((one) => one.name === name)) await dropViews(context.engine, { schema, name }, tables);
  const base = tables.find((one) => exactName(one).name === name);
  if (base !== undefined) await showTable(context, base);
}

/**
 * A generation that no longer moves with the front keeps where it was: what is applied must not be
 * applied again once tombstones are cleaned up.
 */
function frozen(context: CompactorContext, generation: Generation): Generation {
  if (generation.state !== 'live') return generation;
  const { front } = context.state;
  return { ...generation, position: standing(generation, front), appliedLsn: front.appliedLsn, asOf: front.asOf };
}
