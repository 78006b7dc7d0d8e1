import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { pagedLake } from '../../test/support/pages/paged-lake.ts';
import { checksum } from '../arrow-file.ts';
import { putBaseChunk, putBaseDone, putBasePlan } from '../bases/base-log.ts';
import { baseChunkKey, baseDataKey, baseRecordKey, chunkDataKey, chunkKey, dataKey, manifestKey, pageKey, schemaKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { decodeManifest, encodeManifest } from '../manifest.ts';
import { namedChunks } from '../snapshot-log.ts';
import { checkLake } from './lake-check.ts';
import type { LakeReport } from './lake-check.ts';
import { putLook } from './sweep-look.ts';

const T = tableSchema({ oid: 1, name: 't', columns: { id: { kind: 'int8' } }, key: ['id'] });
const OF = { tableId: T.tableId, generation: 1 };
const BASE = { tableId: T.tableId, n: 1 };

interface MadeLake {
  readonly store: MemoryStore;
  readonly paths: readonly string[];
  readonly check: (deep?: boolean) => Promise<LakeReport>;
}

/** A lake with a copy of two chunks, four batches and a base of two chunks. */
async function madeLake(): Promise<MadeLake> {
  const store = new MemoryStore();
  const writer = await LakeWriter.open(store);
  await writer.copy(T, { generation: 1, lsn: 1n }, [[{ id: '1' }], [{ id: '2' }]]);
  const paths: string[] = [];
  for (let n = 3; n < 7; n += 1) {
    const file = await writer.file(T, [{ op: 'I', lsn: BigInt(n * 10), ordinal: 0, row: { id: String(n) } }]);
    await writer.batch([file]);
    paths.push(file.path);
  }
  const schema = await writer.schema(T);
  const rest = {
    table: 'public.t',
    schema,
    identity: 'key',
    epoch: 1,
    generation: 1,
    manifest: 2,
    from: null,
    consistentPoint: '0/29',
  } as const;
  await putBasePlan(store, { ...BASE, ...rest, writtenBy: 'w', program: '1', createdAt: '' });
  for (const chunk of [1, 2]) {
    const bytes = new Uint8Array([chunk]);
    const path = baseDataKey(BASE, 'cc', chunk);
    await store.put(path, bytes);
    const facts = { rows: 2, bytes: 1, checksum: checksum(bytes), minKey: ['1'], maxKey: ['2'], contentHash: '18446744073709551615' };
    await putBaseChunk(store, { ...BASE, chunk, path, ...facts });
  }
  await putBaseDone(store, { ...BASE, chunks: 2, rows: 4, bytes: 2, contentHash: '18446744073709551614' });
  const log = new ManifestLog(store, silentLogger());
  return { store, paths, check: (deep = false) => checkLake(store, log, { deep }) };
}

test('a lake that is whole has no problems, and its newest manifest is told', async () => {
  const { check } = await madeLake();
  expect(await check()).toEqual({ ok: true, manifests: 4, problems: [] });
  expect(await check(true)).toEqual({ ok: true, manifests: 4, problems: [] });
  const empty = new MemoryStore();
  const report = await checkLake(empty, new ManifestLog(empty, silentLogger()), { deep: true });
  expect(report).toEqual({ ok: true, manifests: 0, problems: [] });
});

test('each object that is missing is named, by what is wrong', async () => {
  const { store, paths } = await madeLake();
  const [record] = await namedChunks(store, OF);
  const expected: [kind: string, key: string, table: string | null][] = [
    ['missing', paths[2] ?? '', 'public.t'],
    ['missing', chunkKey(OF, 2), 'public.t'],
    ['missing', record?.path ?? '', 'public.t'],
    ['missing', schemaKey(T.tableId, await schemaOf(store)), 'public.t'],
    ['gap', manifestKey(2), null],
    ['base', baseChunkKey(BASE, 2), 'public.t'],
    ['base', baseDataKey(BASE, 'cc', 1), 'public.t'],
    ['base', baseRecordKey(BASE, 'plan'), T.tableId],
  ];
  for (const [kind, key, table] of expected) {
    const lake = await madeLake();
    await lake.store.delete(key);
    const { ok, problems } = await lake.check();
    expect({ ok, problem: problems.find((problem) => problem.kind !== 'unnamed') }).toEqual({ ok: false, problem: { kind, key, table } });
  }
});

async function schemaOf(store: MemoryStore): Promise<string> {
  const bytes = await store.get(manifestKey(1));
  return decodeManifest(1, bytes ?? new Uint8Array()).files[0]?.schema ?? '';
}

test('a number that is missing below the newest is a gap, also where only a listing shows what is behind', async () => {
  const { store, check } = await madeLake();
  await store.delete(manifestKey(1));
  expect((await check()).problems.filter(({ kind }) => kind !== 'unnamed')).toEqual([{ kind: 'gap', key: manifestKey(1), table: null }]);
});

test('a manifest of another history breaks the chain', async () => {
  const { store, check } = await madeLake();
  const bytes = await store.get(manifestKey(2));
  const { hash: _hash, ...manifest } = decodeManifest(2, bytes ?? new Uint8Array());
  await store.replace(manifestKey(2), encodeManifest({ ...manifest, writer: 'ee' }));
  expect(await check()).toMatchObject({ ok: false, problems: [{ kind: 'chain', key: manifestKey(3) }] });
});

test('a page that is damaged or missing is one problem, and no data seems unnamed because of it', async () => {
  for (const singles of [0, 1]) {
    const damaged = await pagedLake(6 + singles);
    await damaged.store.put(dataKey(T.tableId, 'aa', 1), new Uint8Array(1));
    await damaged.store.replace(pageKey(1), new Uint8Array());
    const problems = [{ kind: 'damaged', key: pageKey(1), table: null }];
    expect(await checkLake(damaged.store, damaged.another().log, { deep: false })).toEqual({ ok: false, manifests: 6 + singles, problems });
  }
  const lost = await pagedLake(13);
  for (const k of [1, 2]) await lost.store.delete(pageKey(k));
  const problems = [{ kind: 'missing', key: pageKey(1), table: null }];
  expect(await checkLake(lost.store, lost.another().log, { deep: false })).toEqual({ ok: false, manifests: 13, problems });
});

test('a line of a page that is no manifest is a problem of the page', async () => {
  const { store, another } = await pagedLake(7);
  const text = zstdDecompressSync((await store.get(pageKey(1))) ?? new Uint8Array()).toString();
  await store.replace(pageKey(1), zstdCompressSync(text.replace('"number":5', '"number":6')));
  const { problems } = await checkLake(store, another().log, { deep: false });
  expect(problems).toEqual([{ kind: 'damaged', key: pageKey(1), table: null }]);
});

test('content that differs is damaged: its size always, its checksum where it is read', async () => {
  const { store, paths, check } = await madeLake();
  const [path = ''] = paths;
  const bytes = (await store.get(path)) ?? new Uint8Array();
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
  await store.replace(path, bytes);
  expect((await check()).ok).toBe(true);
  expect(await check(true)).toMatchObject({ ok: false, problems: [{ kind: 'damaged', key: path, table: 'public.t' }] });
  await store.replace(path, bytes.subarray(1));
  expect(await check()).toMatchObject({ ok: false, problems: [{ kind: 'damaged', key: path }] });
  const other = await madeLake();
  await other.store.replace(manifestKey(4), new TextEncoder().encode('{}'));
  expect((await other.check()).problems).toContainEqual({ kind: 'damaged', key: manifestKey(4), table: null });
});

test('a base whose chunks do not add up is not whole', async () => {
  const { store, check } = await madeLake();
  const key = baseRecordKey(BASE, 'done');
  const text = new TextDecoder().decode((await store.get(key)) ?? new Uint8Array());
  await store.replace(key, new TextEncoder().encode(text.replace('"rows":4', '"rows":5')));
  expect(await check()).toMatchObject({ ok: false, problems: [{ kind: 'base', key, table: 'public.t' }] });
});

test('what nothing names is told, and no fault', async () => {
  const { store, check } = await madeLake();
  const unnamed = [dataKey(T.tableId, 'aa', 1), chunkDataKey(OF, 'aa', 2), baseDataKey(BASE, 'aa', 3)];
  for (const key of unnamed) await store.put(key, new Uint8Array(1));
  const { ok, problems } = await check();
  expect(ok).toBe(true);
  expect(problems.map(({ kind }) => kind)).toEqual(['unnamed', 'unnamed', 'unnamed']);
  expect(problems.map(({ key }) => key).toSorted()).toEqual(unnamed.toSorted());
});

test('what is missing at or below the floor of its table was swept', async () => {
  const { store, paths, check } = await madeLake();
  const floor = { tableId: T.tableId, table: 'public.t', manifest: 2, heldBy: 'kept bases', sweptTo: 2, listedTo: 2 };
  const nothing = { named: {}, unnamed: [], removed: [], unfinished: [] };
  await putLook(store, { number: 1, manifest: { number: 4, hash: 'x' }, ...nothing, floors: [floor] });
  for (const path of paths.slice(0, 2)) await store.delete(path);
  await store.delete(chunkKey(OF, 1));
  expect(await check(true)).toMatchObject({ ok: true });
  await store.delete(paths[2] ?? '');
  expect(await check()).toMatchObject({ ok: false, problems: [{ kind: 'missing', key: paths[2] }, { kind: 'unnamed' }] });
});
