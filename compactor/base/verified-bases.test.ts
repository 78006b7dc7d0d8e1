import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { ONE, RetainedLake, TWO } from '../../test/support/retention/retained-lake.ts';
import type { VerifiedContext } from './verified-bases.ts';
import { VerifiedBases } from './verified-bases.ts';
import { WrittenBases } from './written-bases.ts';

test('the floors are read once, however many bases a verification judges', async () => {
  const lake = await RetainedLake.open();
  await lake.batch(ONE, TWO);
  for (const table of [ONE, TWO]) for (const n of [1, 2]) await lake.base(table, n, { proof: null });
  const store = new FaultyStore(lake.memory);
  const bases = new BaseLog(store);
  const state = { fact: () => null, saveFact: async () => undefined };
  const context = { baseProof: 'rebuild', bases, log: silentLogger(), manifests: lake.log, state, store } as unknown as VerifiedContext;
  const cloned = [ONE, TWO].flatMap(({ tableId }) => [1, 2].map((n) => ({ tableId, n })));
  const compared = [ONE, TWO].map(({ tableId }) => ({ tableId, equal: true }));
  await new VerifiedBases(context, new WrittenBases(state)).judge(compared, cloned);
  const judged = await bases.whole();
  expect(judged.map(({ proof }) => proof?.by)).toEqual(['verify', 'verify', 'verify', 'verify']);
  expect(store.calls.filter(({ key }) => key.startsWith('sweep/')).length).toBe(1);
});
