import { z } from 'zod';
import { GENERATION_STATES } from '../../core/table-state.ts';
import { lsnText } from '../../lake/manifest.ts';
import type { Version } from '../storage/version.ts';

/**
 * How far a generation has come: all batches up to `manifest`, and of the next one its first
 * `files` files (of this table) and every change below `lsn`. Changes below `lsn` are never taken
 * later either: they are in the copy, or applied.
 */
export const position = z.object({ manifest: z.int().nonnegative(), files: z.int().nonnegative(), lsn: lsnText });
export type Position = z.infer<typeof position>;

/**
 * One life of a warehouse table, from its copy to its end. What is stored of it is a lower bound:
 * batches since may be applied already.
 *
 * waiting      published, no copy yet; or stopped at a point that only a new copy leads beyond
 * copying      its chunks are being loaded
 * catching-up  takes changes from its consistent point on, until it meets the front
 * live         moves with the front; its view shows it
 * parked       failed; waits for the next generation, or to be resumed
 * dropped      replaced by a later generation, or dropped at the source; nothing of it is left
 */
export const generation = z.object({
  tableId: z.string(),
  oid: z.int(),
  epoch: z.int(),
  /** number of the copy in the lake; 0: none yet */
  generation: z.int().nonnegative(),
  /** number of the rebuild of this warehouse that it belongs to */
  rebuild: z.int().nonnegative(),
  /** names at the source, as of its position */
  schema: z.string(),
  name: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  state: z.enum(GENERATION_STATES),
  /** its view exists (also of a parked or stopped one) */
  visible: z.boolean(),
  /** table in database tailrace; empty: none yet */
  storage: z.string(),
  schemaHash: z.string(),
  /**
   * ids of columns that are NOT NULL in its schema and have, or had, a NULL in its storage all the
   * same: they are shown as Nullable
   */
  nullable: z.array(z.int()).optional(),
  consistentPoint: lsnText,
  /**
   * consistent point of its newest chunk, where the copy was gone on with: before it, the rows are
   * of no one point
   */
  lastPoint: lsnText.optional(),
  /** number of leading chunks that are loaded */
  chunks: z.int().nonnegative(),
  /** rows of those chunks */
  copiedRows: z.int().nonnegative().optional(),
  position,
  /** the step whose resolved rows are in staging, or empty */
  staged: z.string(),
  /** where it stands when it is visible and not live */
  appliedLsn: lsnText.nullable(),
  asOf: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  /**
   * of a parked one: the state in which it failed, and to which it can go back; its position is
   * exact then
   */
  parkedFrom: z.enum(GENERATION_STATES).optional(),
  /** it tries again after it was parked: when it fails once more, it is copied */
  resumed: z.boolean().optional(),
});
export type Generation = z.infer<typeof generation>;

export function generationKey(of: Pick<Generation, 'tableId' | 'rebuild' | 'generation'>): string {
  return `${of.tableId}/${of.rebuild}/${of.generation}`;
}

/**
 * Later generations have greater order; a table is its newest generation. The rebuild counts before
 * the epoch: in a lake that was restored, epochs have numbers that the warehouse has seen before.
 */
export function compareGenerations(one: Generation, other: Generation): number {
  return one.rebuild - other.rebuild || one.epoch - other.epoch || one.generation - other.generation;
}

/**
 * Name of a generation's storage; after a truncate the name tells which, so that doing it again
 * makes the same table.
 */
export function storageName(of: Pick<Generation, 'oid' | 'epoch' | 'generation' | 'rebuild'>, truncatedAt: Version | null = null): string {
  const rebuilt = of.rebuild === 0 ? '' : `_r${of.rebuild}`;
  const truncated = truncatedAt === null ? '' : `_t${truncatedAt.toString(16)}`;
  return `t${of.oid}_${of.epoch}_g${of.generation}${rebuilt}${truncated}`;
}
