import { simulate } from './simulation.ts';
import type { Roles, Verdict } from './simulation.ts';

/** Plays schedules until one goes wrong; null: none does. */
export async function firstWrong({
  from,
  schedules,
  roles,
}: {
  readonly from: number;
  readonly schedules: number;
  readonly roles: Roles;
}): Promise<(Verdict & { readonly seed: number }) | null> {
  for (let seed = from; seed < from + schedules; seed += 1) {
    const verdict = await simulate(seed, roles);
    if (verdict.wrongs.length > 0) return { seed, ...verdict };
  }
  return null;
}
