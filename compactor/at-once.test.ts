import { expect, test } from 'vitest';
import { atOnce } from './at-once.ts';

test('at most three tasks run at a time, all of them in the end', async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  await atOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    done.push(item);
  });
  expect([most, done.toSorted((a, b) => a - b)]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
});

test('after a failure nothing more is begun, and it is reported when what was begun has ended', async () => {
  const slow = Promise.withResolvers<void>();
  const begun: number[] = [];
  let ended = false;
  const all = atOnce(2, [1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('first');
    await slow.promise;
    ended = true;
  }).catch((error: unknown) => [String(error), ended]);
  await Promise.resolve();
  slow.resolve();
  expect(await all).toEqual(['Error: first', true]);
  expect(begun).toEqual([1, 2]);
});
