import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

/** Tasks that end when told, and what ran at the same time. */
function started(
  budget: ByteBudget,
  sizes: readonly number[],
): { running: Set<number>; finish: ((error?: Error) => void)[]; all: Promise<unknown>[] } {
  const running = new Set<number>();
  const finish: ((error?: Error) => void)[] = [];
  const all = sizes.map((bytes, index) =>
    budget.run(bytes, async () => {
      running.add(index);
      await new Promise<void>((resolve, reject) => {
        finish[index] = (error) => (error === undefined ? resolve() : reject(error));
      });
      running.delete(index);
    }),
  );
  return { running, finish, all };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('tasks run together while their bytes fit, in order', async () => {
  const { running, finish, all } = started(new ByteBudget({ bytes: 100, concurrency: 8 }), [60, 30, 30, 5]);
  await settled();
  expect([...running]).toEqual([0, 1]);
  finish[0]?.();
  await settled();
  expect([...running]).toEqual([1, 2, 3]);
  for (const index of [1, 2, 3]) finish[index]?.();
  await Promise.all(all);
});

test('a task larger than the budget runs alone, and one that fails gives its bytes back', async () => {
  const { running, finish, all } = started(new ByteBudget({ bytes: 100, concurrency: 8 }), [10, 500, 10]);
  await settled();
  expect([...running]).toEqual([0]);
  finish[0]?.();
  await settled();
  expect([...running]).toEqual([1]);
  finish[1]?.(new Error('no'));
  await expect(all[1]).rejects.toThrow('no');
  await settled();
  expect(running.has(2)).toBe(true);
  finish[2]?.();
  await all[2];
});
