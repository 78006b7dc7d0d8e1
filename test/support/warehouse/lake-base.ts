import { silentLogger } from '../../../core/log.ts';
import { formatLsn } from '../../../core/lsn.ts';
import { qualifiedName } from '../../../core/table.ts';
import type { TableSchema } from '../../../core/table.ts';
import { checksum } from '../../../lake/arrow-file.ts';
import { BaseLog, putBaseChunk, putBaseDone, putBasePlan, putBaseProof } from '../../../lake/bases/base-log.ts';
import type { BasePlan } from '../../../lake/bases/base-log.ts';
import { baseDataKey, parseSnapshotKey, SNAPSHOT_PREFIX } from '../../../lake/keys.ts';
import { ManifestLog } from '../../../lake/manifest-log.ts';
import { chunkFields } from '../../../lake/row-columns.ts';
import { lastLook, putLook } from '../../../lake/retention/sweep-look.ts';
import { SchemaStore } from '../../../lake/schema-store.ts';
import { keysOf } from '../../../lake/store/keys-of.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { encodeChanges } from '../change-file.ts';
import type { Change, Row } from '../change-file.ts';

/**
 * A proven base of a table at the newest manifest of a lake, one chunk per list of rows. `lsn`: its
 * consistent point, right after the last commit.
 */
export async function putBase(
  store: ObjectStore,
  schema: TableSchema,
  at: { lsn: bigint; generation?: number },
  chunks: readonly (readonly Row[])[],
): Promise<BasePlan> {
  const { tableId } = schema;
  const manifest = await new ManifestLog(store, silentLogger()).newest(null);
  const n = ((await new BaseLog(store).listed(tableId)).at(-1)?.n ?? 0) + 1;
  const plan: BasePlan = {
    tableId,
    n,
    table: qualifiedName(schema.schema, schema.name),
    schema: await new SchemaStore(store).put(schema),
    identity: schema.identity,
    epoch: schema.epoch,
    generation: at.generation ?? 1,
    manifest: manifest?.number ?? 0,
    hash: manifest?.hash,
    consistentPoint: formatLsn(at.lsn),
    from: null,
    writtenBy: 'test',
    program: 'test',
    createdAt: '2026-01-01T00:00:00Z',
  };
  await putBasePlan(store, plan);
  let size = 0;
  for (const [index, rows] of chunks.entries()) {
    const bytes = encodeChanges(
      chunkFields(schema),
      schema,
      rows.map((row): Change => ({ op: 'I', lsn: at.lsn, ordinal: 0, row })),
    );
    const path = baseDataKey({ tableId, n }, 'abcdef0123456789', index);
    await store.put(path, bytes);
    size += bytes.length;
    const content = { rows: rows.length, bytes: bytes.length, checksum: checksum(bytes), minKey: [], maxKey: [], contentHash: '0' };
    await putBaseChunk(store, { tableId, n, chunk: index + 1, path, ...content });
  }
  await putBaseDone(store, { tableId, n, chunks: chunks.length, rows: chunks.flat().length, bytes: size, contentHash: '0' });
  await putBaseProof(store, { tableId, n, by: 'rebuild', equal: true, at: plan.createdAt });
  return plan;
}

type Covered = Pick<BasePlan, 'tableId' | 'manifest'> & { readonly table?: string };

/**
 * Puts a floor at a base and deletes what it covers: the rows of copies, and data files of batches
 * up to its manifest. How many objects went.
 */
export async function sweepBelow(store: ObjectStore, { tableId, manifest, table = tableId }: Covered): Promise<number> {
  const log = new ManifestLog(store, silentLogger());
  const gone: string[] = [];
  for (let n = 1; n <= manifest; n += 1) {
    const files = (await log.read(n))?.files ?? [];
    gone.push(...files.filter((file) => file.tableId === tableId).map(({ path }) => path));
  }
  for await (const key of keysOf(store, `${SNAPSHOT_PREFIX}${tableId}/`)) {
    const kind = parseSnapshotKey(key)?.kind;
    if (kind === 'chunk' || kind === 'data') gone.push(key);
  }
  await putFloor(store, { tableId, manifest, table });
  for (const key of gone) await store.delete(key);
  return gone.length;
}

/** Puts a floor for one table; those of others stay. `whole`: it was dropped. */
export async function putFloor(store: ObjectStore, { tableId, manifest, table }: Required<Covered>, whole = false): Promise<void> {
  const last = (await lastLook(store))?.look;
  const others = (last?.floors ?? []).filter((floor) => floor.tableId !== tableId);
  await putLook(store, {
    number: (last?.number ?? 0) + 1,
    manifest: { number: manifest, hash: 'test' },
    named: {},
    unnamed: [],
    removed: [],
    unfinished: [],
    floors: [...others, { tableId, table, manifest, heldBy: 'test', sweptTo: manifest, whole }],
  });
}
