import { WAYS, compactor } from './compactor-role.ts';
import type { CompactorWays } from './compactor-role.ts';
import { PRODUCT } from './roles.ts';
import type { Roles } from './simulation.ts';
import { keepNoSingles, sweepByOneLook, sweepByTimes } from './wrong-sweepers.ts';
import { writeFactsLate } from './wrong-writers.ts';

/** A role with a defect, which judges the judge. */
export interface Mutant {
  readonly roles: Roles;
  /** A schedule in which it is found out, of the first 10,000. */
  readonly seed: number;
  /** What the judge says then. */
  readonly says: string;
}

/** Defects that the product had, or would have without one of its rules. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a sweeper that judges by times': { roles: { ...PRODUCT, sweeper: sweepByTimes }, seed: 3, says: 'which is not there' },
  'a sweeper that looks once': { roles: { ...PRODUCT, sweeper: sweepByOneLook }, seed: 2048, says: 'which is not there' },
  'a keeper that deletes single manifests at once': { roles: { ...PRODUCT, keeper: keepNoSingles }, seed: 27, says: 'is missing' },
  'a writer that stores facts late': { roles: { ...PRODUCT, writer: writeFactsLate }, seed: 1, says: 'which is not there' },
  'a compactor that saves its front before the facts': { roles: readBy({ factsFirst: false }), seed: 32, says: 'is lost at front' },
  'a base that is not read back': { roles: readBy({ readsBack: false }), seed: 26, says: 'was proven, and' },
};

function readBy(ways: Partial<CompactorWays>): Roles {
  return { ...PRODUCT, reader: compactor('w1', { ...WAYS, ...ways }), another: compactor('w2', { ...WAYS, ...ways }) };
}
