import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './owner.ts';

const MARK = 'made-from.json';

/**
 * Writes into the folder of an embedded warehouse which lake it is made from, for processes that
 * cannot open it.
 */
export async function markLake(directory: string, lakeId: string): Promise<void> {
  if ((await markedLake(directory)) === lakeId) return;
  await replaceFile(join(directory, MARK), `${JSON.stringify({ lake: lakeId })}\n`);
}

/**
 * Id of the lake that a warehouse was made from. Null: there is no warehouse, it never had a lake,
 * or an earlier version made it.
 */
export async function markedLake(directory: string): Promise<string | null> {
  try {
    const { lake } = JSON.parse(await readFile(join(directory, MARK), 'utf8')) as { lake?: unknown };
    return typeof lake === 'string' ? lake : null;
  } catch {
    return null;
  }
}
