import type { ClonedTable } from '../lake/control-stage.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import type { Engine } from '../warehouse/engine.ts';
import { sql } from '../warehouse-sql/load.ts';
import { compareBy, readableKey } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import { bucketCount, differingBuckets, differingKeys, groupBuckets, totalRows } from './difference.ts';
import type { BucketRow, KeyRow } from './difference.ts';
import { notComparable } from './report.ts';
import type { TableReport } from './report.ts';
import { openSourceTable } from './source-table.ts';

/** Keys named per table. */
const NAMED_KEYS = 20;
/** Rows of differing buckets held at once, and looked at in all. */
const ROWS_AT_ONCE = 200_000;
const MOST_ROWS = 4_000_000;

/** Where both sides are read. `inside` is in a transaction on the snapshot of the position, `outside` sees the catalog as it is now. */
export interface VerifySessions {
  readonly inside: SqlConnection;
  readonly outside: SqlConnection;
  readonly engine: Engine;
  /** False where the source stores text in another encoding. */
  readonly serverIsUtf8: boolean;
}

/** A comparison made ready to run on both sides. */
interface Sides {
  readonly comparison: Comparison;
  readonly relation: string;
  readonly clone: string;
  readonly mask: string;
}

/** Compares one table with its clone: hashes per bucket first, then the keys of the buckets that differ. Changes nothing on either side. */
export async function verifyTable(sessions: VerifySessions, cloned: ClonedTable): Promise<TableReport> {
  const { table, clone } = cloned;
  if (clone === null) return notComparable(table, cloned.error ?? `its state is ${cloned.state}`);
  const source = await openSourceTable(sessions, cloned);
  const counted = await sessions.engine.query<{ rows: string }>(`SELECT toString(count()) AS rows FROM ${clone}`);
  const sides: Sides = {
    comparison: compareBy(source.columns, cloned.key, sessions.serverIsUtf8),
    relation: source.relation,
    clone,
    mask: String(bucketCount(Number(counted[0]?.rows ?? 0)) - 1),
  };
  const [ours, theirs] = await Promise.all([sourceBuckets(sessions, sides), warehouseBuckets(sessions, sides)]);
  const rows = { sourceRows: totalRows(ours), warehouseRows: totalRows(theirs) };
  const buckets = differingBuckets(ours, theirs);
  if (buckets.length === 0) return { table, match: true, ...rows, differingKeys: [], error: leftOutNote(source.leftOut) };
  const differing = await findKeys(sessions, sides, buckets);
  const found = { table, ...rows, differingKeys: differing.keys.slice(0, NAMED_KEYS).map(readableKey) };
  const many = `${differing.complete ? '' : 'at least '}${differing.keys.length} ${cloned.key.length === 0 ? 'rows' : 'keys'} differ`;
  if (cloned.identity !== 'append') return { ...found, match: false, error: many };
  return {
    ...found,
    match: null,
    error: `${many}; the table is append-only: updates and deletes at the source do not reach the warehouse`,
  };
}

async function sourceBuckets({ inside }: VerifySessions, { comparison, relation, mask }: Sides): Promise<BucketRow[]> {
  const { hash, place } = comparison.source;
  return inside.query<BucketRow>(sql('verify-source-buckets', { hash, place, mask, relation }));
}

async function warehouseBuckets({ engine }: VerifySessions, { comparison, clone, mask }: Sides): Promise<BucketRow[]> {
  const { hash, place, sign } = comparison.warehouse;
  return engine.query<BucketRow>(sql('verify-warehouse-buckets', { hash, place, mask, sign, clone }));
}

async function findKeys(
  sessions: VerifySessions,
  sides: Sides,
  differing: readonly { bucket: number; rows: number }[],
): Promise<{ keys: string[]; complete: boolean }> {
  const keys: string[] = [];
  const rows = new Map(differing.map((bucket) => [bucket.bucket, bucket.rows]));
  let seen = 0;
  for (const group of groupBuckets(differing, ROWS_AT_ONCE)) {
    if (seen > MOST_ROWS) return { keys, complete: false };
    const shared = { mask: sides.mask, buckets: group.join(', ') };
    const { sign, ...warehouse } = sides.comparison.warehouse;
    const [ours, theirs] = await Promise.all([
      sessions.inside.query<KeyRow>(sql('verify-source-keys', { ...sides.comparison.source, ...shared, relation: sides.relation })),
      sessions.engine.query<KeyRow>(sql('verify-warehouse-keys', { ...warehouse, ...shared, sign, clone: sides.clone })),
    ]);
    keys.push(...differingKeys(ours, theirs));
    for (const bucket of group) seen += rows.get(bucket) ?? 0;
  }
  return { keys, complete: true };
}

function leftOutNote(leftOut: readonly string[]): string | null {
  return leftOut.length === 0 ? null : `generated columns are not replicated: ${leftOut.join(', ')}`;
}
