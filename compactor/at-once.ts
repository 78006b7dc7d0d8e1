/**
 * Does a task for each item, at most `most` at a time, in their order. After a failure none is
 * begun. It rejects with the first failure once all that were begun have ended.
 */
export async function atOnce<T>(most: number, items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      await task(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
