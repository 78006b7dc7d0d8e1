import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import type { Engine, LaggingReplica } from '../../warehouse/engine.ts';
import { RetiredStorages } from '../storage/retired-storages.ts';
import { Housekeeping } from './housekeeping.ts';
import { Space } from './space.ts';

test('a turn does not wait for replicas that do not answer', async () => {
  const answer = Promise.withResolvers<LaggingReplica[]>();
  let asked = 0;
  const lagging = (): Promise<LaggingReplica[]> => {
    asked += 1;
    return answer.promise;
  };
  const engine = { lagging, query: async () => [{ bytes: '1', free: '2' }], exec: async () => undefined } as unknown as Engine;
  const space = new Space();
  const context = { engine, readsOnly: true, retired: new RetiredStorages(), state: { generations: () => [] }, log: silentLogger() };
  const housekeeping = new Housekeeping(context as unknown as ConstructorParameters<typeof Housekeeping>[0], space, 0);
  for (const elapsedMs of [1, 61_000, 122_000]) await housekeeping.run({ elapsedMs, wallMs: elapsedMs });
  expect([asked, space.latest, space.lagging]).toEqual([1, { bytes: 1, freeBytes: 2 }, []]);
  const replica = { shard: 1, replica: 2, host: 'h', seconds: null };
  answer.resolve([replica]);
  await answer.promise;
  await new Promise(setImmediate);
  expect(space.lagging).toEqual([replica]);
  await housekeeping.run({ elapsedMs: 183_000, wallMs: 183_000 });
  expect(asked).toBe(2);
});
