import { expect, test } from 'vitest';
import { MemoryStore } from '../../test/support/memory-store.ts';
import type { StoredManifest } from '../manifest.ts';
import { BaseLog, putBaseDone, putBasePlan, putBaseProof } from './base-log.ts';
import { ListedBases, newestBases } from './newest-bases.ts';

const hash = (number: number): string => `sha256:${String(number).padStart(64, '0')}`;
const manifests = {
  read: (number: number): Promise<StoredManifest> => {
    const of = { number, epoch: 1, writer: 'w', from: '0/0', to: '0/1', commitTimes: null, heartbeat: true, files: [], catalog: [] };
    return Promise.resolve({ ...of, hash: hash(number) });
  },
};

async function put(store: MemoryStore, of: { tableId: string; n: number; manifest: number; hash?: string; done?: boolean }): Promise<void> {
  const { tableId, n, manifest, done = true } = of;
  await putBasePlan(store, {
    tableId,
    n,
    table: `public.t${tableId}`,
    schema: 'a',
    identity: 'key',
    epoch: 1,
    generation: 1,
    manifest,
    hash: of.hash ?? hash(manifest),
    consistentPoint: `0/${manifest}`,
    from: null,
    writtenBy: 'w',
    program: '0.1.0',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  if (done) await putBaseDone(store, { tableId, n, chunks: 0, rows: n, bytes: 10 * n, contentHash: '0' });
}

test('the newest base of a table is whole, and in the history of the lake', async () => {
  const store = new MemoryStore();
  await put(store, { tableId: '7_1', n: 1, manifest: 3 });
  await put(store, { tableId: '7_1', n: 2, manifest: 5 });
  await put(store, { tableId: '7_1', n: 3, manifest: 9, hash: hash(8) });
  await put(store, { tableId: '7_1', n: 4, manifest: 10, done: false });
  await put(store, { tableId: '8_1', n: 1, manifest: 4 });
  await put(store, { tableId: '9_1', n: 1, manifest: 4, done: false });
  const newest = await newestBases(new BaseLog(store), manifests);
  expect([...newest.values()].map(({ plan }) => [plan.tableId, plan.n])).toEqual([
    ['7_1', 2],
    ['8_1', 1],
  ]);
});

test('the status of bases says how each was judged', async () => {
  const store = new MemoryStore();
  const judged = { n: 1, by: 'verify', at: '' } as const;
  for (const tableId of ['7_1', '8_1', '9_1']) await put(store, { tableId, n: 1, manifest: 3 });
  await putBaseProof(store, { ...judged, tableId: '8_1', equal: true });
  await putBaseProof(store, { ...judged, tableId: '9_1', equal: false });
  const common = { lsn: '0/3', rows: 1, bytes: 10, at: '2026-01-01T00:00:00.000Z' };
  expect(await new ListedBases(store, manifests).read(0)).toEqual([
    { table: 'public.t7_1', ...common, proof: null },
    { table: 'public.t8_1', ...common, proof: 'verify' },
    { table: 'public.t9_1', ...common, proof: 'unequal' },
  ]);
});
