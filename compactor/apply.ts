import { failpoint } from '../core/failpoint.ts';
import type { Lsn } from '../core/lsn.ts';
import type { Generation } from './state/generation.ts';
import { storageName } from './state/generation.ts';
import { isStaged } from './state/staged-step.ts';
import { admitNulls, adoptSchema } from './adopt-schema.ts';
import { showTable } from './show-table.ts';
import { dropTable, heldBack, stop } from './transitions.ts';
import { fillHistory } from './history/fill-history.ts';
import { mergeRows, resolveAndMerge } from './step/merge.ts';
import type { Fact, Step } from './plan/item.ts';
import { stageRows } from './step/stage.ts';
import { afterTruncate, lastTruncate, openStep } from './step/step.ts';
import type { OpenStep } from './step/step.ts';
import { createStorage, dropStorage } from './storage/storage.ts';
import type { CompactorContext } from './context.ts';

/**
 * Applies one item of a plan to a generation and returns the generation afterwards. It may be
 * repeated, completely or after it was interrupted anywhere: equal rows have equal versions, and
 * what must not be done twice (resolving after a key change) is recorded before anything is merged.
 */
export async function applyItem(context: CompactorContext, generation: Generation, item: Step | Fact): Promise<Generation> {
  return item.kind === 'step' ? applyStep(context, generation, item) : applyFact(context, generation, item);
}

async function applyFact(context: CompactorContext, generation: Generation, { event, after }: Fact): Promise<Generation> {
  switch (event.kind) {
    case 'schema':
      return event.schema === undefined ? generation : adoptSchema(context, generation, { hash: event.schema, at: after });
    case 'dropped':
      return dropTable(context, generation);
    case 'resync':
      return stop(context, generation, { at: after, reason: event.reason ?? 'the source asked for a new copy', needs: 'a copy' });
    case 'held':
      throw heldBack(event);
    case 'published':
      return generation;
  }
}

async function applyStep(context: CompactorContext, before: Generation, step: Step): Promise<Generation> {
  const adopted = await adoptSchema(context, before, { hash: step.schema, at: step.at });
  if (adopted.state === 'waiting') return adopted;
  const generation = await admitNulls(context, adopted, step.files);
  const schema = await context.schemas.get(generation.tableId, step.schema);
  const { open, source } = await openStep({ context, step, schema, generation });
  try {
    const truncate = step.truncates ? await lastTruncate(context.engine, open) : null;
    if (truncate === null) {
      const merged = await merge(context, generation, open);
      await keepVersions(context, generation, open);
      return await settle(context, merged, { storage: generation.storage, step });
    }
    const storage = storageName(generation, truncate);
    await createStorage(context.engine, storage, schema, context.storagePolicy);
    const merged = await merge(context, generation, afterTruncate(open, truncate, storage));
    await keepVersions(context, generation, open);
    return await settle(context, merged, { storage, step });
  } finally {
    await source.release();
  }
}

/** Also what a truncate of the step removes: it was there. */
async function keepVersions({ engine }: CompactorContext, { history }: Generation, open: OpenStep): Promise<void> {
  if (history !== undefined) await fillHistory(engine, open, history.storage);
}

interface Merged {
  readonly generation: Generation;
  /** Staging table with the resolved rows; it must stay until the step is recorded. null: none. */
  readonly staging: string | null;
}

/**
 * Stage → mark → merge. The mark counts only for steps with key changes: other rows may be resolved
 * again, so a step without key changes is one statement, unless it lacks a value.
 */
async function merge(context: CompactorContext, generation: Generation, open: OpenStep): Promise<Merged> {
  const { engine, state } = context;
  const { step } = open;
  if (open.schema.identity !== 'key' || !step.files.some((file) => file.unchanged > 0)) {
    await mergeRows(engine, open, null);
    failpoint('window-merged');
    return { generation, staging: null };
  }
  const resolved = isStaged(generation.staged, open.id) ? generation.staged : null;
  if (resolved === null && !step.lineage && (await resolveAndMerge(engine, open))) {
    failpoint('window-merged');
    return { generation, staging: null };
  }
  const staging = resolved?.staging ?? `staging_${context.lease}_${open.storage}`;
  let staged = generation;
  if (resolved === null) {
    await stageRows(engine, open, staging);
    if (step.lineage) {
      staged = { ...generation, staged: { ...open.id, staging }, position: step.at };
      await state.save(staged);
    }
  }
  failpoint('window-staged');
  await mergeRows(engine, open, staging);
  failpoint('window-merged');
  return { generation: staged, staging };
}

/**
 * In this order: records a step that must not be repeated, shows where the rows are after a
 * truncate, and drops what is no longer needed.
 */
async function settle(
  context: CompactorContext,
  { generation, staging }: Merged,
  to: { storage: string; step: Step },
): Promise<Generation> {
  const { storage, step } = to;
  const moved = storage !== generation.storage;
  const next = moved || step.lineage ? { ...generation, storage, staged: null, position: step.after } : generation;
  if (next !== generation) await context.state.save(next);
  if (moved && next.visible) {
    await showTable(context, next);
    failpoint('view-changed');
  }
  if (moved) context.retired.add(generation.storage);
  if (staging !== null) await dropStorage(context.engine, staging);
  return next;
}

/**
 * The end of a part of a file that was being applied when the compactor was interrupted, when it is
 * below `before` (null: no bound); else null.
 */
export function brokenOffAt({ staged }: Generation, before: Lsn | null): Lsn | null {
  const end = staged?.before ?? null;
  return end !== null && (before === null || end < before) ? end : null;
}
