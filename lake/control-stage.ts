import { z } from 'zod';
import { baseFacts } from './base-facts.ts';
import type { BaseFacts } from './base-facts.ts';
import { lsnText } from './manifest.ts';
import { columnMask, columnType, narrowing } from './schema-store.ts';

/** One table, as the compactor cloned it at the point of a verification. */
const clonedTable = z.object({
  table: z.string(),
  tableId: z.string(),
  state: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  /** full name of the clone in the warehouse; null when there is none, and `error` says why */
  clone: z.string().nullable(),
  /** `id` names the storage column c<id> */
  columns: z.array(z.object({ id: z.int(), name: z.string(), type: columnType, mask: columnMask.exactOptional() })),
  /** what the configuration leaves out of it */
  narrowed: narrowing.exactOptional(),
  /** ids of the key columns in key order */
  key: z.array(z.int()),
  error: z.string().nullable(),
});
export type ClonedTable = z.infer<typeof clonedTable>;

/** A table of which a verification has compared every row. */
const comparedTable = z.object({ tableId: z.string(), equal: z.boolean() });
export type ComparedTable = z.infer<typeof comparedTable>;

/** A table of a freeze, for somebody who follows its changes from one freeze to the next. */
const frozenInput = z.object({
  /** As in `tables`; also the name of its view with every stored row. */
  table: z.string(),
  tableId: z.string(),
  /** Changes with a new copy, a truncate, a rebuild and an epoch. */
  generation: z.string(),
  schemaHash: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  /** Names of the key columns in key order. */
  key: z.array(z.string()),
  /** Changes when tombstones were cleaned up: rows that were deleted before may be gone. */
  cleaned: z.string(),
});
export type FrozenInput = z.infer<typeof frozenInput>;

/** Tables as they are frozen under a name. */
const frozenAnswer = z.object({
  name: z.string(),
  /** Everything below it is in the tables. */
  lsn: lsnText,
  asOf: z.string().nullable(),
  databases: z.array(z.string()),
  tables: z.array(z.string()),
  /** Wanted tables that were not live */
  leftOut: z.array(z.object({ table: z.string(), state: z.string() })),
  /** The last manifest that is in the tables as a whole. */
  manifest: z.int().nonnegative().optional(),
  /** Decimal UInt128: rows with `_tr_version` at or above it are not in the tables. */
  version: z.string().optional(),
  inputs: z.array(frozenInput).optional(),
});
export type FrozenAnswer = z.infer<typeof frozenAnswer>;

/** Codes of a refused freeze. */
const refusal = z.enum(['BAD_ARGUMENT', 'TABLE_NOT_LIVE', 'WAREHOUSE_QUERY']);

/**
 * The stages of a request. Each is written once, by one side.
 *
 * verify: compactor `held` (it applies nothing more) → verifier `point` (a consistent point X) →
 * compactor applies exactly the commits below X, clones the tables, reports `cloned` and continues
 * → verifier `release`, with what it found → compactor drops the clones, `done`. The compactor
 * gives up when `point` does not come within 120 s, or `release` within the requested time.
 * resync, rebuild: `done`.
 * resume: `done`, which says how: the table resumes from its position, or a copy was requested.
 * freeze: `done` with what is frozen, or with why nothing is. drop-freeze, keep-freeze: `done`.
 * base: `done` with the base that the table has, or with why it has none that counts.
 * look: requested by a message in the WAL. The replicator puts `looked` once the facts that it
 * found are on their way into the lake.
 * prove: requested by a message in the WAL. The replicator puts `heard` once the batch with the
 * message is in the lake (lake/heard.ts).
 */
interface StageBodies {
  held: { at: string };
  point: { lsn: string };
  cloned: { tables: ClonedTable[] };
  release: { compared?: readonly ComparedTable[] | undefined };
  looked: Record<string, never>;
  heard: Record<string, never>;
  done: {
    ok: boolean;
    error?: string | undefined;
    code?: z.infer<typeof refusal> | undefined;
    by?: 'position' | 'copy' | undefined;
    frozen?: FrozenAnswer | undefined;
    base?: BaseFacts | undefined;
  };
}
export type Stage = keyof StageBodies;
export type StageBody<S extends Stage> = StageBodies[S];

export const stageBodies: { readonly [S in Stage]: z.ZodType<StageBodies[S]> } = {
  held: z.object({ at: z.string() }),
  point: z.object({ lsn: lsnText }),
  cloned: z.object({ tables: z.array(clonedTable) }),
  release: z.object({ compared: z.array(comparedTable).readonly().optional() }),
  looked: z.object({}),
  heard: z.object({}),
  done: z.object({
    ok: z.boolean(),
    error: z.string().optional(),
    code: refusal.optional(),
    by: z.enum(['position', 'copy']).optional(),
    frozen: frozenAnswer.optional(),
    base: baseFacts.optional(),
  }),
};
