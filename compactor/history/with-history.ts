import { qualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { BasePlan } from '../../lake/bases/base-log.ts';
import type { CompactorContext } from '../context.ts';
import { historyName } from '../state/generation.ts';
import type { Generation } from '../state/generation.ts';
import { schemaChange } from '../storage/schema-change.ts';
import { changeStorage } from '../storage/storage.ts';

type WithContext = Pick<CompactorContext, 'engine' | 'history' | 'log' | 'schemas' | 'state'>;

/** The copy or base that a generation begins with. */
interface Begun {
  readonly schema: TableSchema;
  /** When it was taken. */
  readonly copied: string;
  /** The lake has nothing older of this copy, so a history may begin with it. */
  readonly begins: boolean;
}

/**
 * A new generation with the history of its table: that of the generation that is read now, where
 * the columns still fit, or else a new one. A base comes too late to begin one: the lake may reach
 * further back, and late-history.ts begins there once the table is live.
 */
export async function withHistory(context: WithContext, generation: Generation, begun: Begun): Promise<Generation> {
  const { schema, copied, begins } = begun;
  if (schema.identity !== 'key' || context.history(generation) === null) return generation;
  const before = context.state
    .generations()
    .findLast((one) => one.oid === generation.oid && one.visible && one.state !== 'dropped' && one.history !== undefined);
  const continued = before === undefined ? null : await continueHistory(context, before, { generation, schema, copied });
  return continued ?? (begins ? beginHistory(generation, copied) : generation);
}

/** A generation that continues the history of another one; null: the columns do not fit. */
export async function continueHistory(
  context: WithContext,
  before: Generation,
  { generation, schema, copied }: { readonly generation: Generation } & Omit<Begun, 'begins'>,
): Promise<Generation | null> {
  if (before.history === undefined || schema.identity !== 'key') return null;
  const { storage, since } = before.history;
  if (await fits(context, { before, schema, storage })) return { ...generation, history: { storage, since, begins: false, copied } };
  const table = qualifiedName(generation.schema, generation.name);
  context.log.warn({ table, since: copied }, 'the history begins again: its key, or the type of a column, changed');
  return null;
}

/** A generation with whose copy or base a history begins. */
export function beginHistory(generation: Generation, copied: string): Generation {
  return { ...generation, history: { storage: historyName(generation), since: copied, begins: true, copied } };
}

/** The time of the last commit that a base has. */
export async function baseTime({ manifests }: Pick<CompactorContext, 'manifests'>, { manifest, createdAt }: BasePlan): Promise<string> {
  return (await manifests.read(manifest))?.commitTimes?.[1] ?? createdAt;
}

/**
 * Whether rows of a schema can go into a history; its storage has the columns for them then. The
 * rows may be older than the history's own schema: a base has those of its time.
 */
async function fits(
  { engine, schemas }: WithContext,
  { before, schema, storage }: { before: Generation; schema: TableSchema; storage: string },
): Promise<boolean> {
  const known = await schemas.get(before.tableId, before.schemaHash);
  const change = schemaChange(known, schema);
  if (change.kind === 'in-place') await changeStorage(engine, storage, change);
  if (change.kind === 'in-place') return true;
  if (schemaChange(schema, known).kind !== 'in-place') return false;
  const added = schema.columns.filter(({ id }) => known.columns.every((column) => column.id !== id));
  await changeStorage(engine, storage, { kind: 'in-place', added, widened: [], renamed: false });
  return true;
}
