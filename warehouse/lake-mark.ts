import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'made-from.json';

/** Writes beside an embedded warehouse from which lake it is made, for those who cannot open it. */
export async function markLake(directory: string, lakeId: string): Promise<void> {
  if ((await markedLake(directory)) === lakeId) return;
  const partial = join(directory, `${MARK}.${process.pid}`);
  await writeFile(partial, `${JSON.stringify({ lake: lakeId })}\n`, { mode: 0o600 });
  await rename(partial, join(directory, MARK));
}

/**
 * The id of the lake that a warehouse was made from; null: there is no warehouse, it never had a
 * lake, or it is of an earlier version.
 */
export async function markedLake(directory: string): Promise<string | null> {
  try {
    const { lake } = JSON.parse(await readFile(join(directory, MARK), 'utf8')) as { lake?: unknown };
    return typeof lake === 'string' ? lake : null;
  } catch {
    return null;
  }
}
