import { silentLogger } from '../../core/log.ts';
import { DATA_PREFIX } from '../../lake/keys.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { collect } from '../support/collect.ts';
import { insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

const HOUR_MS = 3_600_000;

/**
 * A sweeper as it once was, to judge the judge: it deletes what no manifest names and what is an
 * hour old by its own clock.
 */
export async function sweepByTimes(process: SimulatedProcess): Promise<void> {
  const { store, time } = process;
  const log = new ManifestLog(store, silentLogger());
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
