import { PRODUCT } from './roles.ts';
import type { Roles } from './simulation.ts';
import { sweepByOneLook, sweepByTimes } from './wrong-sweepers.ts';
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
  'a sweeper that judges by times': { roles: { ...PRODUCT, sweeper: sweepByTimes }, seed: 1, says: 'is named, and was deleted' },
  'a sweeper that looks once': { roles: { ...PRODUCT, sweeper: sweepByOneLook }, seed: 340, says: 'which is not there' },
  'a writer that stores facts late': { roles: { ...PRODUCT, writer: writeFactsLate }, seed: 1, says: 'which is not there' },
};
