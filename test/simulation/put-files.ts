import type { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** A file that is about to be stored. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Puts files and claims them, as a role does right before it puts the object that names them. */
export async function putFiles(process: SimulatedProcess, unnamed: UnnamedFiles, files: readonly NewFile[]): Promise<void> {
  const puts = files.map(({ path, bytes }) => {
    const put = insist(() => process.store.put(path, bytes));
    unnamed.add(path, put);
    return put;
  });
  await Promise.all(puts);
  for (let rests = process.random.between(0, 2); rests > 0; rests -= 1) await rest(process);
  await insist(() => unnamed.claim(files.map(({ path }) => path)));
}
