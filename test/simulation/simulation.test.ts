import { expect, test } from 'vitest';
import { firstWrong } from './first-wrong.ts';
import { MUTANTS } from './mutants.ts';
import { PRODUCT } from './roles.ts';
import { simulate } from './simulation.ts';

const SCHEDULES = 2_000;
/** A change of the simulation moves the seed at which a mutant is found. */
const NEAR = 500;

test(`in ${SCHEDULES} schedules nothing that is named is lost, and the lake goes on`, { timeout: 600_000 }, async () => {
  expect(await firstWrong({ from: 1, schedules: SCHEDULES, roles: PRODUCT })).toBeNull();
});

test.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('seed %i plays the same schedule each time', async (seed) => {
  const [one, other] = [await simulate(seed, PRODUCT), await simulate(seed, PRODUCT)];
  expect(one.trace.length).toBeGreaterThan(400);
  expect(other.trace).toEqual(one.trace);
});

test.for(Object.entries(MUTANTS))('%s is found out', { timeout: 240_000 }, async ([, { roles, seed, says }]) => {
  expect(await firstWrong({ from: seed, schedules: NEAR, roles, says })).not.toBeNull();
});
