import { expect, test } from 'vitest';
import { SideWork } from './side-work.ts';

test('work begins once per period, and not while it still runs', async () => {
  const begun: number[] = [];
  let ended = Promise.withResolvers<void>();
  const work = new SideWork(10, 0, (elapsedMs) => {
    begun.push(elapsedMs);
    return ended.promise;
  });
  work.turn(10);
  work.turn(11);
  work.turn(40);
  expect(begun).toEqual([11]);
  ended.resolve();
  await new Promise(setImmediate);
  ended = Promise.withResolvers();
  work.turn(41);
  work.turn(80);
  expect(begun).toEqual([11, 41]);
});
