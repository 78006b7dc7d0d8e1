import { isDeepStrictEqual } from 'node:util';
import { formatLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import type { TableSchema } from '../core/table.ts';
import { isoTime, wall } from '../core/time.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import { namedChunks, putPlan, readPlan } from '../lake/snapshot-log.ts';
import type { SnapshotChunk, SnapshotPlan } from '../lake/snapshot-log.ts';
import type { Leaf } from '../postgres/catalog/leaves.ts';
import type { PageRange } from '../postgres/catalog/page-range.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import type { RangeToCopy } from './copy-range.ts';
import type { CopyTask } from './choose-copies.ts';
import { planRanges } from './plan-ranges.ts';

/** A table as the snapshot of its copy sees it. */
export interface SeenTable {
  readonly task: CopyTask;
  readonly schema: TableSchema;
  readonly relations: readonly ShapedRelation[];
  readonly leaves: readonly Leaf[];
  readonly totalRows: number;
  readonly epoch: number;
  /** Consistent point of the snapshot. */
  readonly lsn: Lsn;
  /** Oldest transaction that may be missing from the snapshot (xid8). */
  readonly xmin: string;
  readonly chunkBytes: number;
}

/** A copy with its plan in the lake. */
export interface BegunCopy {
  readonly generation: number;
  readonly ranges: readonly RangeToCopy[];
  /** It can resume under another snapshot. */
  readonly resumable: boolean;
  /** The consistent point of new chunks, where it is later than that of the plan. */
  readonly later: Lsn | null;
  /** Its chunks so far. Chunks behind a gap do not count until the gap is filled. */
  readonly named: readonly SnapshotChunk[];
}

/** Rows whose ages differ by more transactions than this cannot be compared. */
const MOST_TRANSACTIONS = 2n ** 30n;

/**
 * Resumes the unfinished copy where that is right; else begins a new one.
 *
 * A copy may resume at a later consistent point X2 if the table still has the same files and
 * columns. Ranges that are missing are copied whole. Ranges that are there are read again for the
 * rows written since: a row that moved between the two points may be in neither, and the stream may
 * leave out its unchanged values. The stream still counts from the first point. Its changes between
 * the points meet newer rows, which win; that takes a key.
 */
export async function beginCopy(store: ObjectStore, seen: SeenTable): Promise<BegunCopy> {
  const hash = await new SchemaStore(store).put(seen.schema);
  const filenodes = seen.relations.map(({ oid, filenode }) => ({ oid, filenode }));
  const unfinished = await unfinishedCopy(store, seen, { hash, filenodes });
  if (unfinished !== null) return unfinished;
  const { task, schema, epoch } = seen;
  const ranges = planRanges(seen.leaves, seen.chunkBytes);
  const resumable = schema.identity === 'key';
  await putPlan(store, {
    tableId: task.tableId,
    generation: task.generation,
    table: qualifiedName(schema.schema, schema.name),
    schema: hash,
    consistentPoint: formatLsn(seen.lsn),
    epoch,
    filenodes,
    ranges,
    ...(resumable ? { xmin: seen.xmin } : {}),
    reason: task.reason,
    requests: [...task.requests],
    estimatedRows: seen.totalRows,
    createdAt: isoTime(wall()),
  });
  const whole = ranges.map((range) => ({ ...range, changedSince: null }));
  return { generation: task.generation, ranges: whole, resumable, later: null, named: [] };
}

async function unfinishedCopy(
  store: ObjectStore,
  { task, leaves, lsn, xmin }: SeenTable,
  now: { hash: string; filenodes: SnapshotPlan['filenodes'] },
): Promise<BegunCopy | null> {
  if (!task.unfinished) return null;
  const of = { tableId: task.tableId, generation: task.generation - 1 };
  const plan = await readPlan(store, of);
  if (plan?.xmin === undefined || BigInt(xmin) - BigInt(plan.xmin) > MOST_TRANSACTIONS) return null;
  if (plan.schema !== now.hash || !isDeepStrictEqual(plan.filenodes, now.filenodes)) return null;
  const named = await namedChunks(store, of);
  if (named.length === 0) return null;
  const chunks = named.filter(({ n }, index) => n === index + 1);
  const ranges = rangesToGo({ ranges: plan.ranges, xmin: plan.xmin }, { chunks, leaves });
  return { generation: of.generation, ranges, resumable: true, later: lsn, named };
}

/**
 * Missing ranges come first. A second look at copied ones is wasted when the copy breaks off again.
 */
function rangesToGo(
  plan: { readonly ranges: readonly PageRange[]; readonly xmin: string },
  { chunks, leaves }: { readonly chunks: readonly SnapshotChunk[]; readonly leaves: readonly Leaf[] },
): RangeToCopy[] {
  const copied = new Set(chunks.filter(({ endsRange }) => endsRange === true).map(({ range }) => rangeName(range)));
  const heaps = new Set(leaves.filter(({ heap }) => heap).map(({ oid }) => oid));
  const again = plan.ranges.filter((range) => copied.has(rangeName(range)));
  return [
    ...plan.ranges.filter((range) => !copied.has(rangeName(range))).map((range) => ({ ...range, changedSince: null })),
    ...again.map((range) => ({ ...range, changedSince: heaps.has(range.leafOid) ? plan.xmin : null })),
  ];
}

function rangeName({ leafOid, from, to }: PageRange): string {
  return `${leafOid}:${from}:${to}`;
}
