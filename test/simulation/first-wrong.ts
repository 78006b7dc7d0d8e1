import { simulate } from './simulation.ts';
import type { Roles, Verdict } from './simulation.ts';

/** Plays schedules until one goes wrong and the judge says this of it; null: none does. */
export async function firstWrong({
  from,
  schedules,
  roles,
  says = '',
}: {
  readonly from: number;
  readonly schedules: number;
  readonly roles: Roles;
  readonly says?: string;
}): Promise<(Verdict & { readonly seed: number }) | null> {
  for (let seed = from; seed < from + schedules; seed += 1) {
    const verdict = await simulate(seed, roles);
    if (verdict.wrongs.some((wrong) => wrong.includes(says))) return { seed, ...verdict };
  }
  return null;
}
