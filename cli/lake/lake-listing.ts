import { bytes, count, table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { Manifest } from '../../lake/manifest.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

const NEWEST = 20;

/** One copy. */
interface ListedCopy {
  readonly table: string;
  readonly tableId: string;
  readonly generation: number;
  /** Its consistent point. */
  readonly lsn: string;
  readonly chunks: number;
  readonly rows: number;
  readonly bytes: number;
  readonly state: 'not done' | 'swept' | 'done';
}

/** One batch; `rows` and `bytes` are of the tables that were asked for. */
interface ListedBatch {
  readonly manifest: number;
  readonly lsn: string;
  /** Time of its last commit; null: nothing was committed. */
  readonly committedAt: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly heartbeat: boolean;
  readonly tables: readonly string[];
}

/** Copies and newest batches, as `lake ls --json` has them. Field names are a contract. */
export interface LakeListing {
  readonly copies: readonly ListedCopy[];
  /** Number of the newest manifest; 0: none. */
  readonly manifests: number;
  /** At most the newest 20. */
  readonly batches: readonly ListedBatch[];
}

/**
 * The copies and the newest batches of the tables that match the globs (null: all). Throws
 * NO_SUCH_TABLE for a glob that matches none.
 */
export async function lakeListing(store: ObjectStore, log: ManifestLog, globs: readonly string[] | null): Promise<LakeListing> {
  const generations = (await listGenerations(store)).map((one) => ({ ...one, table: one.plan.table }));
  const copies = matchNamed(globs, generations, true).map(({ plan, chunks, done }) => ({
    table: plan.table,
    tableId: plan.tableId,
    generation: plan.generation,
    lsn: plan.consistentPoint,
    chunks: chunks.length,
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    state: done === null ? ('not done' as const) : chunks.length < done.chunks ? ('swept' as const) : ('done' as const),
  }));
  const last = await log.last();
  const newest: Manifest[] = [];
  for (let n = last?.number ?? 0; n > Math.max(0, (last?.number ?? 0) - NEWEST); n -= 1) {
    const manifest = n === last?.number ? last : await log.read(n);
    if (manifest !== null) newest.unshift(manifest);
  }
  matchNamed(globs, [...generations, ...newest.flatMap(({ files, catalog }) => [...catalog, ...files])]);
  const ours = newest.map((manifest) => ({ ...manifest, files: matchNamed(globs, manifest.files, true) }));
  const batches = ours.filter(({ files }) => globs === null || files.length > 0).map(batchOf);
  return { copies, manifests: last?.number ?? 0, batches };
}

function batchOf({ number, to, commitTimes, heartbeat, files }: Manifest): ListedBatch {
  return {
    manifest: number,
    lsn: to,
    committedAt: commitTimes?.[1] ?? null,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    heartbeat,
    tables: [...new Set(files.map((file) => file.table))],
  };
}

/** The same as lines. */
export function lakeText({ copies, manifests, batches }: LakeListing): string[] {
  const copyRows = copies.map((one) => [
    one.table,
    `${one.tableId} g${one.generation}`,
    one.lsn,
    String(one.chunks),
    count(one.rows),
    bytes(one.bytes),
    one.state,
  ]);
  const batchRows = batches.map((one) => [
    String(one.manifest),
    one.lsn,
    one.committedAt ?? '–',
    count(one.rows),
    bytes(one.bytes),
    one.heartbeat
      ? 'heartbeat'
      : `${one.tables.slice(0, 4).join(', ')}${one.tables.length > 4 ? ` and ${one.tables.length - 4} more` : ''}`,
  ]);
  return [
    `copies: ${copies.length}`,
    ...(copies.length === 0 ? [] : table([['table', 'generation', 'point', 'chunks', 'rows', 'size', ''], ...copyRows], [3, 4, 5])),
    '',
    `batches: ${manifests}${manifests > NEWEST ? `, the newest ${NEWEST}` : ''}`,
    ...(batches.length === 0 ? [] : table([['batch', 'to', 'last commit', 'rows', 'size', 'tables'], ...batchRows], [0, 3, 4])),
  ];
}
