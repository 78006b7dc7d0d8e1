import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { qualifiedName } from '../core/table.ts';
import { wall } from '../core/time.ts';
import { putRequest } from '../lake/control.ts';
import type { CatalogEvent, FileEntry } from '../lake/manifest.ts';
import { ofLargeValue } from '../warehouse/large-value.ts';
import { quoteCh } from '../warehouse/names.ts';
import { isCopyComing } from './coming-copy.ts';
import { compareGenerations } from './generation.ts';
import type { Generation, Position } from './generation.ts';
import { columnsWithNull, withNulls } from './null-columns.ts';
import { standing } from './position.ts';
import { schemaChange } from './schema-change.ts';
import { changeStorage, dropStorage } from './storage.ts';
import { storedError } from './table-error.ts';
import { worthAnotherCopy } from './unresolved.ts';
import { dropViews, exactName, putViews } from './view.ts';
import type { Workshop } from './workshop.ts';

/**
 * Changes in a generation's life. Each is recorded first, then shown, then the old goes; doing it
 * again changes nothing.
 */

/**
 * Brings storage and view to another schema, or stops the generation where only a new copy leads
 * on. `at`: everything before is applied.
 */
export async function adoptSchema(shop: Workshop, generation: Generation, to: { hash: string; at: Position }): Promise<Generation> {
  if (generation.schemaHash === to.hash) return generation;
  const schema = await shop.schemas.get(generation.tableId, to.hash);
  const before = await shop.schemas.get(generation.tableId, generation.schemaHash);
  const change = schemaChange(before, schema);
  if (change.kind === 'resync') return stop(shop, generation, { at: to.at, reason: change.reason, needs: 'a copy' });
  await changeStorage(shop.engine, generation.storage, change);
  const nullable = await columnsWithNull(shop.engine, generation, { from: before, to: schema });
  const next = { ...generation, schemaHash: to.hash, nullable, schema: schema.schema, name: schema.name, position: to.at };
  await shop.state.save(next);
  if (!next.visible) return next;
  await putViews(shop.engine, { schema, storage: next.storage, nullable }, shown(shop));
  failpoint('view-changed');
  if (change.renamed) await dropUnclaimedViews(shop, generation);
  return next;
}

/**
 * Shows columns as Nullable that are NOT NULL in the schema, before rows come that have a NULL in
 * them.
 */
export async function admitNulls(shop: Workshop, generation: Generation, files: readonly Pick<FileEntry, 'nulls'>[]): Promise<Generation> {
  const next = withNulls(generation, files);
  if (next === generation || !next.visible) return next;
  await shop.state.save(next);
  await showTable(shop, next);
  failpoint('view-changed');
  return next;
}

/**
 * The generation takes no more changes; what it has stays readable until the next one is there,
 * which is asked for unless it is on its way. Who asked may have been answered already by this very
 * generation, when its consistent point lies inside the batch that tells of it.
 */
export async function stop(
  shop: Workshop,
  generation: Generation,
  why: { at: Position; reason: string; needs: 'a copy' | 'nothing' },
): Promise<Generation> {
  const table = qualifiedName(generation.schema, generation.name);
  shop.log.info({ table, generation: generation.generation, reason: why.reason }, 'table waits for a new copy');
  const next = { ...frozen(shop, generation), state: 'waiting' as const, position: why.at };
  // Asked first: one copy too many is harmless, a table that waits for one that nobody was asked
  // for would wait for ever.
  if (why.needs === 'a copy' && !(await isCopyComing(shop.store, generation)))
    await putRequest(shop.store, { kind: 'resync', table, tableId: generation.tableId, reason: why.reason });
  await shop.state.save(next);
  return next;
}

/**
 * Values that nothing in lake and warehouse can tell are never made up: the table waits, readable
 * and with the reason, for a copy that has them, or is set aside when copies do not help.
 */
export async function copyUnresolved(shop: Workshop, generation: Generation, error: unknown): Promise<Generation> {
  const nowMs = wall();
  const earlier = shop.state.generations().filter((one) => one.oid === generation.oid && compareGenerations(one, generation) < 0);
  if (!worthAnotherCopy(generation, earlier, nowMs)) return park(shop, generation, error);
  const stored = storedError(error, nowMs);
  return stop(shop, { ...generation, error: stored }, { at: generation.position, reason: stored.message, needs: 'a copy' });
}

/**
 * Sets a failed table aside, so that the others go on. One that was resumed and fails again is
 * copied instead. LAKE_UNAVAILABLE, LAKE_REPLACED where that is why it failed.
 */
export async function park(shop: Workshop, generation: Generation, error: unknown): Promise<Generation> {
  // While the lake is away every file is missing, and no table is to blame.
  await shop.home.require();
  const stored = storedError(await ofLargeValue(shop.engine, `tailrace.${quoteCh(generation.storage)}`, error), wall());
  if (generation.resumed === true && stored.code !== 'BAD_CONFIG') {
    const why = { at: generation.position, reason: stored.message, needs: 'a copy' } as const;
    return stop(shop, { ...generation, error: stored, resumed: false }, why);
  }
  shop.log.error({ table: qualifiedName(generation.schema, generation.name), error: stored.message }, 'table parked');
  const next = { ...frozen(shop, generation), state: 'parked' as const, error: stored, parkedFrom: generation.state };
  await shop.state.save(next);
  return next;
}

/** Why a table is parked that the configuration does not fit. */
export function heldBack({ reason }: CatalogEvent): TailraceError {
  return new TailraceError('BAD_CONFIG', reason ?? 'the configuration does not fit the table', {
    hint: 'Mend the section `table` of the configuration and start again; the table is copied anew by itself.',
  });
}

/** The table is gone at the source. */
export async function dropTable(shop: Workshop, generation: Generation): Promise<Generation> {
  const next = { ...generation, state: 'dropped' as const, visible: false, storage: '' };
  await shop.state.save(next);
  if (generation.visible) await dropUnclaimedViews(shop, generation);
  if (generation.storage !== '') await dropStorage(shop.engine, generation.storage);
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
export async function showLive(shop: Workshop, { next, older }: NewLife): Promise<void> {
  await showTable(shop, next);
  failpoint('view-changed');
  for (const one of older) {
    const sameName = one.schema === next.schema && one.name === next.name;
    if (one.visible && !sameName) await dropUnclaimedViews(shop, one);
    if (one.storage !== '') shop.retired.add(one.storage);
  }
  shop.log.info({ table: qualifiedName(next.schema, next.name), generation: next.generation }, 'table is live');
}

/** Makes a visible generation's views say where its rows are. */
export async function showTable(shop: Workshop, generation: Generation): Promise<void> {
  const schema = await shop.schemas.get(generation.tableId, generation.schemaHash);
  await putViews(shop.engine, { schema, storage: generation.storage, nullable: generation.nullable ?? [] }, shown(shop));
}

function shown(shop: Workshop): Generation[] {
  return shop.state.generations().filter(({ visible }) => visible);
}

/**
 * A name may belong to another table by now, which is shown under it then whatever was shown last;
 * or have been taken from the exact view of one, which gets it back.
 */
async function dropUnclaimedViews(shop: Workshop, generation: Generation): Promise<void> {
  const { schema, name } = generation;
  const tables = shown(shop).filter((one) => one.schema === schema);
  const heir = tables.find((one) => one.name === name && one.tableId !== generation.tableId);
  if (heir !== undefined) await showTable(shop, heir);
  else if (!tables.some((one) => one.name === name)) await dropViews(shop.engine, { schema, name }, tables);
  const base = tables.find((one) => exactName(one).name === name);
  if (base !== undefined) await showTable(shop, base);
}

/**
 * A generation that no longer moves with the front keeps where it was: what is applied must not be
 * applied again once tombstones are cleaned up.
 */
function frozen(shop: Workshop, generation: Generation): Generation {
  if (generation.state !== 'live') return generation;
  const { front } = shop.state;
  return { ...generation, position: standing(generation, front), appliedLsn: front.appliedLsn, asOf: front.asOf };
}
