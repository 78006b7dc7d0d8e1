import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes with its scope. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder below the system's temporary one. */
export async function scratch(name = 'tailrace'): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
