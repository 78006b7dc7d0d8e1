/** One bucket of one side; counts and sums as text, since they may be beyond 2^53. */
export interface BucketRow {
  readonly bucket: number;
  readonly rows: string;
  readonly sum: string;
}

/** One kind of row of one side: how many there are with this key and this hash. */
export interface KeyRow {
  readonly key: string;
  readonly hash: string;
  readonly copies: string;
}

const LEAST_BUCKETS = 256;
const MOST_BUCKETS = 4096;
const ROWS_PER_BUCKET = 1024;

/** Number of buckets for a table: a power of two, so that a bucket is some bits of a hash. */
export function bucketCount(rows: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, rows / ROWS_PER_BUCKET)));
  return Math.min(MOST_BUCKETS, Math.max(LEAST_BUCKETS, wanted));
}

/** Buckets that differ, with the greater of both sides' row counts. */
export function differingBuckets(source: readonly BucketRow[], warehouse: readonly BucketRow[]): { bucket: number; rows: number }[] {
  const other = new Map(warehouse.map((row) => [row.bucket, row]));
  const differing: { bucket: number; rows: number }[] = [];
  for (const row of source) {
    const match = other.get(row.bucket);
    other.delete(row.bucket);
    if (match?.rows !== row.rows || match.sum !== row.sum) {
      differing.push({ bucket: row.bucket, rows: Math.max(Number(row.rows), Number(match?.rows ?? 0)) });
    }
  }
  for (const row of other.values()) differing.push({ bucket: row.bucket, rows: Number(row.rows) });
  return differing.toSorted((a, b) => a.bucket - b.bucket);
}

/** Groups of buckets of at most `mostRows` rows each (a group has at least one bucket). */
export function groupBuckets(buckets: readonly { bucket: number; rows: number }[], mostRows: number): number[][] {
  const groups: number[][] = [];
  let room = 0;
  for (const { bucket, rows } of buckets) {
    const last = groups.at(-1);
    if (last === undefined || rows > room) {
      groups.push([bucket]);
      room = mostRows - rows;
    } else {
      last.push(bucket);
      room -= rows;
    }
  }
  return groups;
}

/** Keys whose rows are not the same on both sides, in order. */
export function differingKeys(source: readonly KeyRow[], warehouse: readonly KeyRow[]): string[] {
  const copies = new Map<string, { key: string; balance: bigint }>();
  const add = (row: KeyRow, sign: bigint): void => {
    const id = `${row.hash} ${row.key}`;
    const balance = (copies.get(id)?.balance ?? 0n) + BigInt(row.copies) * sign;
    if (balance === 0n) copies.delete(id);
    else copies.set(id, { key: row.key, balance });
  };
  for (const row of source) add(row, 1n);
  for (const row of warehouse) add(row, -1n);
  return [...new Set([...copies.values()].map(({ key }) => key))].toSorted();
}

/** Total of a side's rows. */
export function totalRows(rows: readonly BucketRow[]): number {
  return rows.reduce((sum, row) => sum + Number(row.rows), 0);
}
