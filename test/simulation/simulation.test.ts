import { expect, test } from 'vitest';
import { firstWrong } from './first-wrong.ts';
import { PRODUCT } from './roles.ts';
import { simulate } from './simulation.ts';
import { sweepByTimes } from './sweep-by-times.ts';

const SCHEDULES = 500;

test(`in ${SCHEDULES} schedules nothing that is named is lost, and the lake goes on`, { timeout: 120_000 }, async () => {
  expect(await firstWrong({ from: 1, schedules: SCHEDULES, roles: PRODUCT })).toBeNull();
});

test.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('seed %i plays the same schedule each time', async (seed) => {
  const [one, other] = [await simulate(seed, PRODUCT), await simulate(seed, PRODUCT)];
  expect(one.trace.length).toBeGreaterThan(500);
  expect(other.trace).toEqual(one.trace);
});

test('a sweeper that judges by times is found out', { timeout: 120_000 }, async () => {
  const found = await firstWrong({ from: 1, schedules: 1_000, roles: { ...PRODUCT, sweeper: sweepByTimes } });
  expect(found?.wrongs.join()).toContain('is named, and was deleted');
});
