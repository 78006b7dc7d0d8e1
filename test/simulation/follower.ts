import { ManifestLog } from '../../lake/manifest-log.ts';
import { LOG, insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Reads the lake as a compactor does: each manifest, and each file that it names. */
export async function follow(process: SimulatedProcess): Promise<void> {
  const { store, wrong } = process;
  const log = new ManifestLog(store, LOG);
  for (let next = 1; ;) {
    const manifest = await insist(() => log.read(next));
    if (manifest === null) {
      process.progress();
      await rest(process);
      continue;
    }
    for (const { path } of manifest.files)
      if ((await insist(() => store.get(path))) === null) wrong(`manifest ${next} names ${path}, which a reader misses`);
    next += 1;
  }
}
