import { failpoint } from '../core/failpoint.ts';
import type { FileEntry } from '../lake/manifest.ts';
import { dropUnclaimedViews, showTable } from './show-table.ts';
import type { Generation } from './state/generation.ts';
import { columnsWithNull, withNulls } from './state/null-columns.ts';
import type { Position } from './state/position.ts';
import { schemaChange } from './storage/schema-change.ts';
import { changeStorage } from './storage/storage.ts';
import { stop } from './transitions.ts';
import type { TransitionContext } from './transitions.ts';

/**
 * Changes storage and view to another schema, or stops the generation when only a new copy can do
 * that. `at`: everything before it is applied. Doing it again changes nothing.
 */
export async function adoptSchema(
  context: TransitionContext,
  generation: Generation,
  to: { hash: string; at: Position },
): Promise<Generation> {
  if (generation.schemaHash === to.hash) return generation;
  const schema = await context.schemas.get(generation.tableId, to.hash);
  const before = await context.schemas.get(generation.tableId, generation.schemaHash);
  const change = schemaChange(before, schema);
  if (change.kind === 'resync') return stop(context, generation, { at: to.at, reason: change.reason, needs: 'a copy' });
  await changeStorage(context.engine, generation.storage, change);
  if (generation.history !== undefined) await changeStorage(context.engine, generation.history.storage, change);
  const nullable = await columnsWithNull(context.engine, generation, { from: before, to: schema });
  const next = { ...generation, schemaHash: to.hash, nullable, schema: schema.schema, name: schema.name, position: to.at };
  await context.state.save(next);
  if (!next.visible) return next;
  await showTable(context, next);
  failpoint('view-changed');
  if (change.renamed) await dropUnclaimedViews(context, generation);
  return next;
}

/**
 * Shows columns as Nullable that are NOT NULL in the schema, before rows with a NULL in them are
 * applied.
 */
export async function admitNulls(
  context: TransitionContext,
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
