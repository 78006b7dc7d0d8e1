import { CONTROL_PREFIX, FACTS_PREFIX, PIN_PREFIX, READERS_PREFIX } from '../../../lake/keys.ts';
import { SmallObjects } from '../../../lake/retention/small-objects.ts';
import { Sweeper } from '../../../lake/retention/sweep.ts';
import { storeNowMs } from '../../../lake/retention/sweep-look.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { collect } from '../../support/collect.ts';
import { streamOf } from '../lake-parts.ts';
import { turnBy } from '../sweep-role.ts';
import type { Role, SimulatedProcess } from '../simulated-process.ts';

const DAY_MS = 24 * 3_600_000;

/** A sweeper that knows no pins. */
export const sweepPinned = turnBy((process) => {
  const { store, time } = process;
  const pinless: ObjectStore = {
    location: store.location,
    put: (key, bytes) => store.put(key, bytes),
    putStream: (key, chunks) => store.putStream(key, chunks),
    replace: (key, bytes) => store.replace(key, bytes),
    get: (key) => store.get(key),
    getRange: (key, start, end) => store.getRange(key, start, end),
    head: (key) => store.head(key),
    list: (prefix, startAfter) => store.list(prefix === PIN_PREFIX ? `${PIN_PREFIX}none/` : prefix, startAfter),
    delete: (key) => store.delete(key),
    close: () => store.close(),
  };
  const sweeper = new Sweeper(pinless, streamOf({ store: pinless, time }), process.world.policy, { deletesNamed: true });
  return () => sweeper.sweep(time.elapsed());
});

/** A sweeper to which a base counts before it is proven. */
export const sweepUnproven = turnBy((process) => {
  const { store, time, world } = process;
  const sweeper = new Sweeper(store, streamOf(process), { ...world.policy, baseProof: 'none' }, { deletesNamed: true });
  return () => sweeper.sweep(time.elapsed());
});

/** It removes requests that are a week old, whether somebody has answered them or not. */
export const forgetRequests: Role = besides((process, nowMs) => deleteOld(process.store, CONTROL_PREFIX, nowMs));

/** It removes facts that are a week old, whether the newest batch names them or not. */
export const forgetFacts: Role = besides((process, nowMs) => deleteOld(process.store, FACTS_PREFIX, nowMs));

/** It keeps no last lease, so that numbers begin again. */
export const forgetLeases: Role = besides((process, nowMs) => deleteOld(process.store, READERS_PREFIX, nowMs, /lease-\d+\.json$/));

/** What the product does with small objects, and something else before. */
function besides(wrong: (process: SimulatedProcess, nowMs: number) => Promise<void>): Role {
  return turnBy((process) => {
    const small = new SmallObjects(process.store, streamOf(process));
    return async () => {
      await wrong(process, await storeNowMs(process.store));
      await small.sweep();
    };
  });
}

async function deleteOld(store: ObjectStore, prefix: string, nowMs: number, only = /^/): Promise<void> {
  for (const { key, modified } of await collect(store.list(prefix)))
    if (only.test(key) && nowMs - modified.getTime() >= 7 * DAY_MS) await store.delete(key);
}
