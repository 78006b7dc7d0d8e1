/**
 * One bucket of one side, or of a piece of it. Counts and sums are text, since they may exceed
 * 2^53.
 */
export interface BucketRow {
  readonly bucket: number;
  readonly rows: string;
  readonly sum: string;
}

/** The buckets of a side, by number. Bucket -1 counts rows that are not compared. */
export type Buckets = Map<number, { rows: number; sum: bigint }>;

const LEAST_BUCKETS = 256;
const MOST_BUCKETS = 65_536;
const ROWS_PER_BUCKET = 1024;
/** Smaller buckets would cost more than they save: each piece of the source has a row for each. */
const SMALL_BUCKETS = 4096;
const MOST_ROWS_PER_BUCKET = 100_000;

/** Number of buckets for a table: a power of two, so that a bucket is some bits of a hash. */
export function bucketCount(rows: number): number {
  const wanted = Math.max(Math.min(SMALL_BUCKETS, rows / ROWS_PER_BUCKET), rows / MOST_ROWS_PER_BUCKET);
  return Math.min(MOST_BUCKETS, Math.max(LEAST_BUCKETS, 2 ** Math.ceil(Math.log2(Math.max(1, wanted)))));
}

/** Adds the counts of a piece; returns the number of its rows, compared or not. */
export function addBuckets(buckets: Buckets, counted: readonly BucketRow[]): number {
  let all = 0;
  for (const { bucket, rows, sum } of counted) {
    const so = buckets.get(bucket) ?? { rows: 0, sum: 0n };
    buckets.set(bucket, { rows: so.rows + Number(rows), sum: so.sum + BigInt(sum) });
    all += Number(rows);
  }
  return all;
}

/** Compared rows of a side. */
export function totalRows(buckets: Buckets): number {
  return [...buckets].reduce((sum, [bucket, { rows }]) => (bucket < 0 ? sum : sum + rows), 0);
}

/** Buckets that differ, with the greater of both sides' row counts. */
export function differingBuckets(source: Buckets, warehouse: Buckets): { bucket: number; rows: number }[] {
  const none = { rows: 0, sum: 0n };
  return [...new Set([...source.keys(), ...warehouse.keys()])]
    .filter((bucket) => bucket >= 0)
    .toSorted((a, b) => a - b)
    .flatMap((bucket) => {
      const [ours, theirs] = [source.get(bucket) ?? none, warehouse.get(bucket) ?? none];
      return ours.rows === theirs.rows && ours.sum === theirs.sum ? [] : [{ bucket, rows: Math.max(ours.rows, theirs.rows) }];
    });
}

/** The first buckets that have at most this many rows together; at least one bucket. */
export function fittingBuckets(buckets: readonly { bucket: number; rows: number }[], mostRows: number): number[] {
  let room = mostRows;
  return buckets.flatMap(({ bucket, rows }, i) => {
    if (i > 0 && rows > room) return [];
    room -= rows;
    return [bucket];
  });
}
