import { readManifests } from '../../compactor/plan/read-manifests.ts';
import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { readBaseChunks } from '../../lake/bases/base-log.ts';
import type { BasePlan } from '../../lake/bases/base-log.ts';
import { lastBelowCopy } from '../../lake/retention/copy-point.ts';
import { readChunks, SnapshotLog } from '../../lake/snapshot-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { decodeChanges, decodeRows, mergeChanges, mergeFrom } from './model-rows.ts';
import type { ModelRows } from './model-rows.ts';
import type { ReaderContext } from './model-warehouse.ts';

const ALL = { manifests: 1_000, rows: 1_000_000, bytes: 1_000_000_000 };

type Lake = Pick<ReaderContext, 'bases' | 'manifests' | 'store'>;

/** A table as a copy or base has it. */
interface Begun {
  readonly rows: ModelRows;
  /** The last batch that it makes needless. */
  readonly manifest: number;
  readonly point: bigint;
}

/**
 * The rows of a base, computed again from the base before, or the copy, and the batches since, in
 * slices, as compactor/base/base-prover.ts does. null: there is neither. LAKE_CORRUPT: something of
 * it is missing.
 */
export async function* rebuiltRows(lake: Lake, plan: BasePlan): AsyncGenerator<void, ModelRows | null> {
  const begun = plan.from === null ? await ofCopy(lake, plan) : await ofBase(lake, plan.tableId, plan.from);
  if (begun === null) return null;
  const { rows, point } = begun;
  yield;
  for (let after = begun.manifest; after < plan.manifest;) {
    const { batches } = await readManifests(lake.manifests, { after, upTo: plan.manifest, limits: ALL });
    for (const { path } of batches.flatMap(({ files }) => files).filter(({ tableId }) => tableId === plan.tableId))
      mergeFrom(rows, decodeChanges(await read(lake.store, path)), point);
    after = batches.at(-1)?.number ?? plan.manifest;
    yield;
  }
  return rows;
}

async function ofBase({ bases, store }: Lake, tableId: string, n: number): Promise<Begun | null> {
  const base = await bases.read({ tableId, n });
  if (base === null) return null;
  const { done, plan } = base;
  const numbers = Array.from({ length: done.chunks }, (_, index) => index + 1);
  const chunks = await readBaseChunks(store, plan, numbers);
  const point = parseLsn(plan.consistentPoint);
  return { rows: await rowsOf(store, chunks, { count: done.chunks, point }), manifest: plan.manifest, point };
}

async function ofCopy({ manifests, store }: Lake, { tableId, generation, manifest }: BasePlan): Promise<Begun | null> {
  const copies = new SnapshotLog(store);
  const copy = await copies.plan({ tableId, generation });
  const end = await copies.done({ tableId, generation });
  if (copy === null || end === null) return null;
  const chunks = await readChunks(store, copy, { after: 0, upTo: end.chunks });
  const point = parseLsn(copy.consistentPoint);
  const rows = await rowsOf(store, chunks, { count: end.chunks, point });
  return { rows, manifest: await lastBelowCopy(manifests, copy, manifest), point };
}

async function rowsOf(
  store: ObjectStore,
  chunks: readonly { readonly path: string }[],
  { count, point }: { count: number; point: bigint },
): Promise<ModelRows> {
  if (chunks.length < count) throw new TailraceError('LAKE_CORRUPT', 'a chunk record is missing');
  const rows: ModelRows = new Map();
  for (const { path } of chunks) mergeChanges(rows, decodeRows(await read(store, path), Number(point)));
  return rows;
}

async function read(store: ObjectStore, path: string): Promise<Uint8Array> {
  const bytes = await store.get(path);
  if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${path} is missing`);
  return bytes;
}
