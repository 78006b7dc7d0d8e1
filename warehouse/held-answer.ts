import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** Bytes; more than this goes into a file. */
const IN_MEMORY = 4 * 1024 * 1024;

/**
 * Reads all of `source` before it gives out any of it, as `wait_end_of_query=1` asks: a failure is
 * then the answer itself and not its end. What memory does not hold is in a file of `folder` until
 * it was read. Rejects with the error of `source`.
 */
export async function holdAnswer(source: AsyncIterable<Uint8Array>, folder: string): Promise<AsyncIterable<Uint8Array>> {
  const first: Uint8Array[] = [];
  const path = join(folder, `held-${randomUUID()}`);
  let bytes = 0;
  let file: FileHandle | null = null;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > IN_MEMORY) file ??= await openIn(folder, path);
      if (file === null) first.push(chunk);
      else await file.write(chunk);
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file?.close();
  }
  return given(first, file === null ? null : path);
}

/** The folder may have been cleaned up: it is created again when it is missing. */
async function openIn(folder: string, path: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return open(path, 'wx', 0o600);
}

async function* given(first: readonly Uint8Array[], path: string | null): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    if (path !== null) yield* createReadStream(path) as AsyncIterable<Buffer>;
  } finally {
    if (path !== null) await rm(path, { force: true });
  }
}
