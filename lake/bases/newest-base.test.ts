import { expect, test } from 'vitest';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { LakeWriter } from '../../test/support/lake-writer.ts';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../manifest-log.ts';
import { BaseLog, putBaseDone, putBasePlan, putBaseProof } from './base-log.ts';
import type { BasePlan, BaseProof } from './base-log.ts';
import { counts } from './counts.ts';
import { newestBase } from './newest-base.ts';

const OF = { tableId: '7_1', generation: 1 };
const PLAN: BasePlan = {
  tableId: '7_1',
  n: 1,
  table: 'public.t',
  schema: 'a',
  identity: 'key',
  epoch: 1,
  generation: 1,
  manifest: 1,
  consistentPoint: '0/10',
  from: null,
  writtenBy: 'w',
  program: '0.1.0',
  createdAt: '2026-01-01T00:00:00.000Z',
};

/** A lake of three manifests. */
async function lake(): Promise<{ store: MemoryStore; manifests: ManifestLog }> {
  const store = new MemoryStore();
  const writer = await LakeWriter.open(store);
  for (const to of [10n, 20n, 30n]) await writer.batch([], { to });
  return { store, manifests: new ManifestLog(store, silentLogger()) };
}

async function whole(store: MemoryStore, plan: Partial<BasePlan> & { n: number }, proof: Partial<BaseProof> | null = {}): Promise<void> {
  const { tableId } = PLAN;
  await putBasePlan(store, { ...PLAN, ...plan });
  await putBaseDone(store, { tableId, n: plan.n, chunks: 0, rows: 0, bytes: 0, contentHash: '0' });
  if (proof !== null) await putBaseProof(store, { tableId, n: plan.n, by: 'rebuild', equal: true, at: PLAN.createdAt, ...proof });
}

test('the base at the latest manifest is begun, and its number does not matter', async () => {
  const { store, manifests } = await lake();
  await whole(store, { n: 1, manifest: 3 });
  await whole(store, { n: 2, manifest: 2 });
  expect((await newestBase(new BaseLog(store), manifests, OF, { policy: 'rebuild' }))?.plan.n).toBe(1);
});

test('a base counts when it is proven, and without a proof only where none is wanted', async () => {
  const { store, manifests } = await lake();
  await whole(store, { n: 1, manifest: 1 });
  await whole(store, { n: 2, manifest: 2 }, null);
  await whole(store, { n: 3, manifest: 3 }, { equal: false });
  const begun = async (policy: 'rebuild' | 'none'): Promise<number | undefined> =>
    (await newestBase(new BaseLog(store), manifests, OF, { policy }))?.plan.n;
  expect(await begun('rebuild')).toBe(1);
  expect(await begun('none')).toBe(2);
  expect(counts({ proof: null }, 'verify')).toBe(false);
});

test('a base of another copy, of a manifest that the lake has not, or of another history is not begun', async () => {
  const { store, manifests } = await lake();
  await whole(store, { n: 1, generation: 2 });
  await whole(store, { n: 2, manifest: 4 });
  await whole(store, { n: 3, manifest: 2, hash: 'sha256:other' });
  await whole(store, { n: 4, manifest: 2, epoch: 2 });
  expect(await newestBase(new BaseLog(store), manifests, OF, { policy: 'none' })).toBeNull();
  await whole(store, { n: 5, manifest: 2, hash: (await manifests.read(2))?.hash });
  expect((await newestBase(new BaseLog(store), manifests, OF, { policy: 'none' }))?.plan.n).toBe(5);
});
