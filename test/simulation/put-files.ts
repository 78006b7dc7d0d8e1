import type { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Puts files and claims them, as a role does right before it puts the object that names them. */
export async function putFiles(process: SimulatedProcess, unnamed: UnnamedFiles, paths: readonly string[]): Promise<void> {
  const puts = paths.map((path) => {
    const put = insist(() => process.store.put(path, new Uint8Array([1])));
    unnamed.add(path, put);
    return put;
  });
  await Promise.all(puts);
  for (let rests = process.random.between(0, 2); rests > 0; rests -= 1) await rest(process);
  await insist(() => unnamed.claim(paths));
}
