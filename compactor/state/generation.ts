import { z } from 'zod';
import { GENERATION_STATES } from '../../core/table-state.ts';
import type { Version } from '../storage/version.ts';
import { position } from './position.ts';
import { storedStagedStep } from './staged-step.ts';
import { storedLsn } from './stored-lsn.ts';
import { keptObject } from '../../lake/kept-object.ts';

/**
 * One life of a warehouse table, from its copy to its end. The stored record is a lower bound:
 * later batches may be applied already.
 *
 * waiting      published and not copied yet; or stopped, and only a new copy leads further
 * copying      chunks of its copy, or of a base, are being loaded
 * catching-up  applies changes from its consistent point on, until it meets the front
 * live         moves with the front; its view shows it
 * parked       failed; waits for the next generation, or for `tailrace resume`
 * dropped      replaced by a later generation, or dropped at the source; nothing of it is left
 */
export const generation = keptObject({
  tableId: z.string(),
  oid: z.int(),
  epoch: z.int(),
  /** Number of the copy in the lake; 0: none yet. */
  generation: z.int().nonnegative(),
  /**
   * The base of that copy that is loaded in its place, and the manifest that the base stands at;
   * absent: the copy itself.
   */
  base: z.object({ n: z.int().positive(), manifest: z.int().positive() }).optional(),
  /** Number of the rebuild of this warehouse that it belongs to. */
  rebuild: z.int().nonnegative(),
  /** Names at the source, as of its position. */
  schema: z.string(),
  name: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  state: z.enum(GENERATION_STATES),
  /** Its view exists; a parked or stopped generation may have one too. */
  visible: z.boolean(),
  /** Table in database tailrace; empty: none yet. */
  storage: z.string(),
  schemaHash: z.string(),
  /**
   * Ids of columns that are NOT NULL in its schema but have, or had, a NULL in its storage. The
   * view shows them as Nullable.
   */
  nullable: z.array(z.int()).optional(),
  /** How often tombstones were cleaned up, which takes the last trace of deleted rows. */
  cleaned: z.int().nonnegative().optional(),
  consistentPoint: storedLsn,
  /**
   * Greatest consistent point of its chunks; a copy that was resumed has several. Until all changes
   * below it are applied, the rows are not those of any one point.
   */
  lastPoint: storedLsn.optional(),
  /**
   * Where it also keeps every version of a row (compactor/history); absent: nowhere. The storage
   * outlives the generation, as the next one continues it.
   */
  history: keptObject({
    /** Table in database tailrace. */
    storage: z.string(),
    /** It is whole from this time on, ISO 8601. */
    since: z.string(),
    /** The history begins with the copy of this generation, so its rows were valid before. */
    begins: z.boolean(),
    /** When that copy was taken. */
    copied: z.string(),
  }).optional(),
  /** Number of leading chunks that are loaded. */
  chunks: z.int().nonnegative(),
  /** Rows of those chunks. */
  copiedRows: z.int().nonnegative().optional(),
  position,
  /** The step whose resolved rows are in a staging table; null: none. */
  staged: storedStagedStep,
  /** Where it stands when it is visible and not live. */
  appliedLsn: storedLsn.nullable(),
  asOf: z.string().nullable(),
  error: keptObject({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  /**
   * When it is parked: the state in which it failed, and to which `tailrace resume` returns it. Its
   * position is exact then.
   */
  parkedFrom: z.enum(GENERATION_STATES).optional(),
  /** It was resumed after it was parked. If it fails again, it is copied. */
  resumed: z.boolean().optional(),
});
export type Generation = z.infer<typeof generation>;

/** Identifies a generation within a warehouse. */
export function generationKey(of: Pick<Generation, 'tableId' | 'rebuild' | 'generation'>): string {
  return `${of.tableId}/${of.rebuild}/${of.generation}`;
}

/**
 * Sorts later generations last; a table is its newest generation. The rebuild counts before the
 * epoch, because a restored lake reuses numbers of epochs that the warehouse has seen.
 */
export function compareGenerations(one: Generation, other: Generation): number {
  return one.rebuild - other.rebuild || one.epoch - other.epoch || one.generation - other.generation;
}

/** Storage of the history that a generation fills. */
export function historyOf({ state, history }: Pick<Generation, 'state' | 'history'>): string | undefined {
  return state === 'dropped' ? undefined : history?.storage;
}

/** Name of the storage of a history that begins with this generation. */
export function historyName(of: Pick<Generation, 'oid' | 'epoch' | 'generation' | 'rebuild'>): string {
  return storageName(of).replace(/^t/, 'h');
}

/**
 * Name of a generation's storage. After a truncate it contains the truncate's version, so that
 * applying the truncate again creates the same table.
 */
export function storageName(of: Pick<Generation, 'oid' | 'epoch' | 'generation' | 'rebuild'>, truncatedAt: Version | null = null): string {
  const rebuilt = of.rebuild === 0 ? '' : `_r${of.rebuild}`;
  const truncated = truncatedAt === null ? '' : `_t${truncatedAt.toString(16)}`;
  return `t${of.oid}_${of.epoch}_g${of.generation}${rebuilt}${truncated}`;
}
