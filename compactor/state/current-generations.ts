import type { Generation } from './generation.ts';

/**
 * One generation per table: the live one, or else the newest. `generations`: oldest first. Tables
 * that were dropped are left out.
 */
export function currentGenerations(generations: readonly Generation[]): Generation[] {
  const tables = Map.groupBy(
    generations.filter((one) => one.state !== 'dropped'),
    (one) => one.oid,
  );
  return [...tables.values()].flatMap((lives) => lives.findLast((one) => one.state === 'live') ?? lives.at(-1) ?? []);
}
