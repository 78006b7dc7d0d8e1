import { TailraceError } from '../core/errors.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import type { Engine } from '../warehouse/engine.ts';
import { queryAll, sum } from '../warehouse/cluster/shards.ts';
import { syncClone } from '../warehouse/clone.ts';
import { sql } from '../warehouse-sql/load.ts';
import { chooseRows } from './chosen-rows.ts';
import type { ChosenRows } from './chosen-rows.ts';
import { compareBy, compareRowCounts, sourceRows } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import { addBuckets, bucketCount, differingBuckets, fittingBuckets, totalRows } from './difference.ts';
import type { BucketRow, Buckets } from './difference.ts';
import { keyRange } from './key-range.ts';
import type { KeyRange } from './key-range.ts';
import { nameDifferences } from './name-differences.ts';
import type { SourceAt } from './name-differences.ts';
import type { Part } from './part.ts';
import { notComparable } from './report.ts';
import type { Difference, TableReport } from './report.ts';
import { RowBalance, someOfEach } from './row-balance.ts';
import type { DifferingPlace, WarehouseRow } from './row-balance.ts';
import { SourceReader } from './source-reader.ts';
import type { ReadPiece, SourceSessions } from './source-reader.ts';
import { openSourceTable } from './source-table.ts';
import type { SourceTable } from './source-table.ts';

/** Keys named per table. */
const NAMED_KEYS = 20;
/** Most rows of differing buckets that are compared one by one, and held in memory. */
const MOST_ROWS = 100_000;

/** Where both sides are read, and which part. */
export interface TableSessions extends SourceSessions {
  readonly engine: Engine;
  readonly part: Part;
  /** Only numbers of rows are compared. */
  readonly rowsOnly: boolean;
  /** False where the source stores text in another encoding. */
  readonly serverIsUtf8: boolean;
  /** Called with the number of source rows read, and of how many. */
  readonly progress: (table: string, rows: number, of: number) => void;
}

/** A comparison that is ready to run on both sides. */
interface Sides {
  readonly table: string;
  readonly comparison: Comparison;
  readonly source: SourceTable;
  readonly keys: KeyRange | null;
  readonly chosen: ChosenRows;
  readonly clone: string;
  readonly mask: string;
  /** Approximate number of rows. */
  readonly rows: number;
  readonly reader: SourceReader;
}

/**
 * Compares one table with its clone. First both sides are read once, hashed, and counted per
 * bucket. Then rows of buckets that differ are read once more, and the first differing rows in
 * full. Memory depends neither on the size of the table nor on the number of differences. Changes
 * nothing on either side.
 */
export async function verifyTable(sessions: TableSessions, cloned: ClonedTable): Promise<TableReport> {
  const { table, clone } = cloned;
  if (clone === null) return notComparable(table, cloned.error ?? `its state is ${cloned.state}`);
  const sides = await openSides(sessions, { ...cloned, clone });
  const [ours, theirs] = await both(sourceBuckets(sessions, sides), warehouseBuckets(sessions, sides));
  const rows = { sourceRows: totalRows(ours.buckets), warehouseRows: totalRows(theirs) };
  const buckets = differingBuckets(ours.buckets, theirs);
  if (buckets.length === 0)
    return { table, match: true, ...rows, differingKeys: [], differences: [], error: leftOutNote(sides.source.leftOut) };
  const { many, differences } = sessions.rowsOnly
    ? { many: `${rows.sourceRows} rows at the source, ${rows.warehouseRows} in the warehouse`, differences: [] }
    : await findDifferences(sessions, sides, { pieces: ours.pieces, buckets });
  const report = { table, ...rows, differingKeys: differences.map(({ key }) => key), differences };
  if (cloned.identity !== 'append') return { ...report, match: false, error: many };
  return {
    ...report,
    match: null,
    error: `${many}; the table is append-only: updates and deletes at the source do not reach the warehouse`,
  };
}

async function openSides(sessions: TableSessions, cloned: ClonedTable & { clone: string }): Promise<Sides> {
  const { engine, part, rowsOnly, serverIsUtf8, outside } = sessions;
  const { table, clone, key } = cloned;
  const source = await openSourceTable(sessions, cloned);
  await syncClone(engine.shards, clone);
  const rows = sum(await queryAll<{ rows: string }>(engine, sql('count-clone', { clone })), 'rows');
  const { oid, columns, filter } = source;
  const keys = part.keys === null ? null : await keyRange(outside, { table, oid, columns, key, serverIsUtf8 }, part.keys);
  return {
    table,
    comparison: rowsOnly ? compareRowCounts(key.length === 0) : compareBy(columns, { key, serverIsUtf8, sampled: part.sample !== null }),
    source,
    keys,
    chosen: chooseRows({ filter, sample: part.sample, keys, rows }),
    clone,
    mask: rowsOnly ? '0' : String(bucketCount(rows) - 1),
    rows,
    reader: new SourceReader(sessions),
  };
}

async function sourceBuckets(sessions: TableSessions, sides: Sides): Promise<{ buckets: Buckets; pieces: ReadPiece[] }> {
  const { comparison, chosen, source, keys, mask, reader, table } = sides;
  const buckets: Buckets = new Map();
  const pieces: ReadPiece[] = [];
  let read = 0;
  const count = reader.pieces(source.leaves, keys, async ({ leaf, where }) => {
    const values = { ...sourceRows(comparison, chosen, `ONLY ${leaf.table}`), mask, piece: where };
    return addBuckets(buckets, await sessions.inside.query<BucketRow>(sql('verify-source-buckets', values)));
  });
  for await (const piece of count) {
    pieces.push(piece);
    sessions.progress(table, (read += piece.rows), Math.max(read, sides.rows));
  }
  return { buckets, pieces };
}

async function warehouseBuckets({ engine }: TableSessions, { comparison, chosen, clone, mask }: Sides): Promise<Buckets> {
  const { hash, place, sign } = comparison.warehouse;
  const buckets: Buckets = new Map();
  addBuckets(
    buckets,
    await queryAll<BucketRow>(engine, sql('verify-warehouse-buckets', { hash, place, mask, sign, clone, chosen: chosen.warehouse })),
  );
  return buckets;
}

/**
 * Which rows differ, as far as they were looked at. It is known that some do, so a table that
 * changes now still counts as different.
 */
async function findDifferences(
  sessions: TableSessions,
  sides: Sides,
  differing: { pieces: readonly ReadPiece[]; buckets: readonly { bucket: number; rows: number }[] },
): Promise<{ many: string; differences: Difference[] }> {
  const looked = fittingBuckets(differing.buckets, MOST_ROWS);
  const what = sides.comparison.keyless ? 'rows' : 'keys';
  try {
    const places = await differingPlaces(sessions, sides, { pieces: differing.pieces, buckets: looked.join(', ') });
    const differences = await nameDifferences({ ...sessions, ...sides }, someOfEach(places, NAMED_KEYS));
    return { many: `${looked.length === differing.buckets.length ? '' : 'at least '}${places.length} ${what} differ`, differences };
  } catch (error) {
    if (!(error instanceof TailraceError) || !['TABLE_CHANGED', 'TIMED_OUT', 'SOURCE_BUSY'].includes(error.code)) throw error;
    return { many: `some ${what} differ, but which ones could not be determined (${error.message})`, differences: [] };
  }
}

/** The rows of some buckets, one side against the other. */
async function differingPlaces(
  sessions: TableSessions,
  sides: Sides,
  { pieces, buckets }: { pieces: readonly ReadPiece[]; buckets: string },
): Promise<DifferingPlace<SourceAt>[]> {
  const { comparison, chosen, clone, mask, reader, table } = sides;
  const { hash, place, sign } = comparison.warehouse;
  const balance = new RowBalance<SourceAt>(
    await queryAll<WarehouseRow>(
      sessions.engine,
      sql('verify-warehouse-rows', { hash, place, sign, clone, mask, buckets, chosen: chosen.warehouse }),
    ),
  );
  const all = pieces.reduce((total, { rows }) => total + rows, 0);
  let read = 0;
  for (const piece of pieces) {
    const values = { ...sourceRows(comparison, chosen, `ONLY ${piece.leaf.table}`), mask, buckets, piece: piece.where };
    const rows = await reader.again(piece, () =>
      sessions.inside.query<{ place: string; hash: string; at: string }>(sql('verify-source-rows', values)),
    );
    for (const row of rows) balance.add({ place: row.place, hash: row.hash, at: { piece, ctid: row.at } });
    sessions.progress(table, all + (read += piece.rows), 2 * all);
  }
  return balance.differing();
}

/** Waits for both even when one fails, since the sessions are used again. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

function leftOutNote(leftOut: readonly string[]): string | null {
  return leftOut.length === 0 ? null : `generated columns are not replicated: ${leftOut.join(', ')}`;
}
