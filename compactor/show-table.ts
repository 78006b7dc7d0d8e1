import type { Generation } from './state/generation.ts';
import { putHistoryViews } from './storage/history-views.ts';
import { dropViews, exactName, putViews } from './storage/view.ts';
import type { CompactorContext } from './context.ts';

/** What is needed to show a table. */
export type ShowContext = Pick<CompactorContext, 'engine' | 'schemas' | 'state'>;

/** Creates or replaces a visible generation's views, so that they read its storage. */
export async function showTable(context: ShowContext, generation: Generation): Promise<void> {
  const schema = await context.schemas.get(generation.tableId, generation.schemaHash);
  const { history } = generation;
  await putViews(context.engine, { schema, storage: generation.storage, nullable: generation.nullable ?? [] }, shown(context));
  if (history !== undefined) await putHistoryViews(context.engine, { schema, ...history }, shown(context));
}

/**
 * Drops the views of a generation's name unless they belong to another table by now: that table is
 * shown under the name again. The name may also have displaced the exact view of a third table,
 * which gets its view back.
 */
export async function dropUnclaimedViews(context: ShowContext, { tableId, schema, name, history }: Generation): Promise<void> {
  const tables = shown(context).filter((one) => one.schema === schema);
  const heir = tables.find((one) => one.name === name && one.tableId !== tableId);
  if (heir !== undefined) await showTable(context, heir);
  else if (!tables.some((one) => one.name === name)) await dropViews(context.engine, { schema, name, history }, tables);
  const base = tables.find((one) => exactName(one).name === name);
  if (base !== undefined) await showTable(context, base);
}

/** All tables that are shown. */
export function shown(context: ShowContext): Generation[] {
  return context.state.generations().filter(({ visible }) => visible);
}
