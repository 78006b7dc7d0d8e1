import { qualifiedName } from '../core/table.ts';
import { describeError } from '../core/errors.ts';
import { sql } from '../warehouse-sql/load.ts';
import { frozenNames } from './state/freeze.ts';
import { generationKey, historyOf } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { parkLost } from './lost-rows.ts';
import { showTable } from './show-table.ts';
import { park } from './transitions.ts';
import type { TransitionContext } from './transitions.ts';
import { dropStorage } from './storage/storage.ts';
import { isTableError } from './state/table-error.ts';
import { dropViewsExcept } from './storage/view.ts';

const TOGETHER = 32;

/**
 * After a start, first makes views match the state (a crash may lie between the two), then drops
 * what nothing refers to. In this order, so that no view ever reads a table that is gone. Tables
 * that lost rows are parked before anything is computed from them.
 */
export async function recover(context: TransitionContext): Promise<void> {
  await parkLost(context);
  await showViews(context);
  await dropOrphans(context);
}

async function showViews(context: TransitionContext): Promise<void> {
  const visible = context.state.generations().filter((one) => one.visible);
  await dropViewsExcept(context.engine, [...visible, ...context.state.freezes().flatMap(frozenNames)]);
  await readSchemas(context, visible);
  // When two tables have one name, the one that was created later gets it.
  for (const one of visible.toSorted((a, b) => a.oid - b.oid)) {
    try {
      await showTable(context, one);
    } catch (error) {
      if (!isTableError(error)) throw error;
      if (one.state === 'live') await park(context, one, error);
      else
        context.log.warn(
          { table: qualifiedName(one.schema, one.name), key: generationKey(one), error: describeError(error) },
          'view not made',
        );
    }
  }
}

/**
 * Reads schemas together: one after the other, those of a thousand tables take many seconds on S3.
 * A failure is reported where its table is shown.
 */
async function readSchemas({ schemas }: Pick<TransitionContext, 'schemas'>, generations: readonly Generation[]): Promise<void> {
  for (let at = 0; at < generations.length; at += TOGETHER)
    await Promise.allSettled(generations.slice(at, at + TOGETHER).map(({ tableId, schemaHash }) => schemas.get(tableId, schemaHash)));
}

async function dropOrphans(context: TransitionContext): Promise<void> {
  const { state } = context;
  const frozen = state.freezes().flatMap(({ tables }) => tables.map(({ storage }) => storage));
  const used = new Set([...state.generations().flatMap((one) => [one.storage, one.staged?.staging, historyOf(one)]), ...frozen]);
  const tables = await context.engine.query<{ name: string }>(sql('our-tables'));
  for (const { name } of tables) {
    if (used.has(name)) continue;
    context.log.info({ storage: name }, 'orphan dropped');
    await dropStorage(context.engine, name);
  }
}
