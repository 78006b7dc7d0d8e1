import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import { bytes, count, table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';

const NEWEST = 20;

/**
 * The copies and the newest batches as lines, for the tables that match the globs (null: all).
 * Throws NO_SUCH_TABLE for a glob that matches none.
 */
export async function lakeListing(store: ObjectStore, log: ManifestLog, globs: readonly string[] | null): Promise<string[]> {
  const generations = (await listGenerations(store)).map((one) => ({ ...one, table: one.plan.table }));
  const copies = matchNamed(globs, generations, true).map(({ plan, chunks, done }) => [
    plan.table,
    `${plan.tableId} g${plan.generation}`,
    plan.consistentPoint,
    String(chunks.length),
    count(chunks.reduce((sum, chunk) => sum + chunk.rows, 0)),
    bytes(chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)),
    done === null ? 'not done' : chunks.length < done.chunks ? 'swept' : 'done',
  ]);
  const last = await log.last();
  const newest: Manifest[] = [];
  for (let n = last?.number ?? 0; n > Math.max(0, (last?.number ?? 0) - NEWEST); n -= 1) {
    const manifest = n === last?.number ? last : await log.read(n);
    if (manifest !== null) newest.unshift(manifest);
  }
  matchNamed(globs, [...generations, ...newest.flatMap(({ files, catalog }) => [...catalog, ...files])]);
  const ours = newest.map((manifest) => ({ ...manifest, files: matchNamed(globs, manifest.files, true) }));
  const batches = ours.filter(({ files }) => globs === null || files.length > 0).map(batchRow);
  return [
    `copies: ${copies.length}`,
    ...(copies.length === 0 ? [] : table([['table', 'generation', 'point', 'chunks', 'rows', 'size', ''], ...copies], [3, 4, 5])),
    '',
    `batches: ${last?.number ?? 0}${(last?.number ?? 0) > NEWEST ? `, the newest ${NEWEST}` : ''}`,
    ...(batches.length === 0 ? [] : table([['batch', 'to', 'last commit', 'rows', 'size', 'tables'], ...batches], [0, 3, 4])),
  ];
}

function batchRow(manifest: Manifest): string[] {
  const { files } = manifest;
  const names = [...new Set(files.map((file) => file.table))];
  return [
    String(manifest.number),
    manifest.to,
    manifest.commitTimes?.[1] ?? '–',
    count(files.reduce((sum, file) => sum + file.rows, 0)),
    bytes(files.reduce((sum, file) => sum + file.bytes, 0)),
    manifest.heartbeat ? 'heartbeat' : `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}`,
  ];
}
