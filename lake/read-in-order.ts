/** Records that are read at once. One by one, those of a terabyte take minutes on S3. */
export const TOGETHER = 32;

/**
 * Numbered records after a number, in order, up to another one or to the first that is not there.
 */
export async function readInOrder<T>(
  read: (n: number) => Promise<T | null>,
  { after, upTo }: { after: number; upTo: number },
): Promise<T[]> {
  const found: T[] = [];
  let width = 1;
  for (let at = after; at < upTo; at += width) {
    // One request tells whether there is anything.
    width = Math.min(at === after ? 1 : width * 2, TOGETHER);
    const numbers = Array.from({ length: Math.min(width, upTo - at) }, (_, index) => at + index + 1);
    const records = await Promise.all(numbers.map(read));
    const gap = records.indexOf(null);
    found.push(...records.slice(0, gap < 0 ? records.length : gap).filter((record) => record !== null));
    if (gap >= 0) break;
  }
  return found;
}
