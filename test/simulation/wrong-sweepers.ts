import { DATA_PREFIX } from '../../lake/keys.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { lastLook, storeNowMs } from '../../lake/retention/sweep-look.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { collect } from '../support/collect.ts';
import { LOG, insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { sweepBy } from './sweep-role.ts';

const HOUR_MS = 3_600_000;
const GRACE_MS = 24 * HOUR_MS;

/**
 * A sweeper as it once was: it deletes what no manifest names and what is an hour old by its own
 * clock.
 */
export async function sweepByTimes(process: SimulatedProcess): Promise<void> {
  const { store, time } = process;
  const log = new ManifestLog(store, LOG);
  for (;;) {
    const named = new Set<string>();
    for (let number = 1; ; number += 1) {
      const manifest = await insist(() => log.read(number));
      if (manifest === null) break;
      for (const { path } of manifest.files) named.add(path);
    }
    for (const { key, modified } of await insist(() => collect(store.list(DATA_PREFIX))))
      if (!named.has(key) && time.wall() - modified.getTime() > HOUR_MS) await insist(() => store.delete(key));
    await rest(process);
  }
}

/** It deletes what a look has called unnamed one grace ago, without looking again. */
export const sweepByOneLook = sweepBy(({ store, time }) => {
  const sweeper = new Sweeper(store, new ManifestLog(store, LOG));
  return async () => {
    const last = await lastLook(store);
    if (last !== null && (await storeNowMs(store)) - last.atMs >= GRACE_MS) for (const key of last.look.unnamed) await store.delete(key);
    await sweeper.sweep(time.elapsed());
  };
});
