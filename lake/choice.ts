import { z } from 'zod';
import { decodeJson } from './json-object.ts';
import type { Manifest } from './manifest.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * Why a chosen table is not replicated. `unpublished`: it cannot be published or copied until a
 * person changes something. `waiting`: a lock is in the way. `incomplete`: it is replicated without
 * some of its partitions.
 */
const tableTrouble = z.object({
  oid: z.int(),
  /** `schema.table` */
  table: z.string(),
  state: z.enum(['unpublished', 'waiting', 'incomplete']),
  /** Code of the error that the message begins with. */
  code: z.string(),
  message: z.string(),
  /** When it was found, ISO 8601. */
  at: z.string(),
});
export type TableTrouble = z.infer<typeof tableTrouble>;

/** The tables that the replicator was given, and those of them that it cannot replicate. */
export const choice = z.object({
  /** Globs; null: every table. */
  tables: z.array(z.string()).nullable(),
  troubles: z.array(tableTrouble),
});
export type Choice = z.infer<typeof choice>;

/** The choice, among the facts that a manifest names. Readers have no use for the other facts. */
const told = z.object({ choice: choice.optional() });

/**
 * The choice that the newest manifest names. Null before the first manifest, and after one of an
 * older version.
 */
export async function readChoice(store: ObjectStore, manifest: Pick<Manifest, 'facts'> | null): Promise<Choice | null> {
  const key = manifest?.facts;
  const bytes = key === undefined ? null : await store.get(key);
  return key === undefined || bytes === null ? null : (decodeJson(told, key, bytes).choice ?? null);
}
