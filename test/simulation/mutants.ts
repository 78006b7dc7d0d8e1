import { WAYS, compactor, serverCompactor } from './compactor-role.ts';
import type { CompactorWays } from './compactor-role.ts';
import { PRODUCT } from './roles.ts';
import type { Roles } from './simulation.ts';
import { forgetFacts, forgetLeases, forgetRequests, sweepPinned, sweepUnproven } from './wrong/wrong-keepers.ts';
import { judgeAll } from './wrong/wrong-verifications.ts';
import {
  keepNoSingles,
  sweepEndedEpochs,
  sweepByOldPositions,
  sweepByOneLook,
  sweepByOwnClock,
  sweepByTimes,
  sweepParked,
} from './wrong/wrong-sweepers.ts';
import { writeFactsLate } from './wrong/wrong-writers.ts';

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
  'a sweeper that judges by times': { roles: { ...PRODUCT, sweeper: sweepByTimes }, seed: 4, says: 'was deleted' },
  'a sweeper that looks once': { roles: { ...PRODUCT, sweeper: sweepByOneLook }, seed: 97, says: 'was deleted' },
  'a sweeper that measures by its own clock': { roles: { ...PRODUCT, sweeper: sweepByOwnClock }, seed: 10, says: 'before its' },
  'a sweeper that goes by old positions': { roles: { ...PRODUCT, sweeper: sweepByOldPositions }, seed: 43, says: 'needs beyond' },
  'a reader that registers late': { roles: readBy({ registersFirst: false }), seed: 13, says: 'has not registered' },
  'a keeper that deletes single manifests at once': { roles: { ...PRODUCT, keeper: keepNoSingles }, seed: 44, says: 'is missing' },
  'a writer that stores facts late': { roles: { ...PRODUCT, writer: writeFactsLate }, seed: 1, says: 'which is not there' },
  'a compactor that saves its front before the facts': { roles: readBy({ factsFirst: false }), seed: 5, says: 'is lost at front' },
  'a base that is not read back': { roles: readBy({ readsBack: false }), seed: 9, says: 'counts, and' },
  'a base that is written inside a window': { roles: readBy({ movesFirst: false }), seed: 140, says: 'counts, and' },
  'a verification that proves bases of other rows': { roles: readBy({ judging: judgeAll }), seed: 84, says: 'counts, and' },
  'a sweeper that counts parked tables as dropped': { roles: { ...PRODUCT, sweeper: sweepParked }, seed: 40, says: 'is missing beyond' },
  'a sweeper that ends epochs too early': { roles: { ...PRODUCT, sweeper: sweepEndedEpochs }, seed: 183, says: ' was deleted, ' },
  'a sweeper that knows no pins': { roles: { ...PRODUCT, sweeper: sweepPinned }, seed: 3, says: 'and pin ' },
  'a sweeper that needs no proof': { roles: { ...PRODUCT, sweeper: sweepUnproven }, seed: 7, says: 'is missing beyond' },
  'a keeper that forgets requests': { roles: { ...PRODUCT, keeper: forgetRequests }, seed: 36, says: 'nobody has answered it' },
  'a keeper that forgets facts': { roles: { ...PRODUCT, keeper: forgetFacts }, seed: 3, says: 'the newest batch names it' },
  'a keeper that forgets leases': { roles: { ...PRODUCT, keeper: forgetLeases }, seed: 822, says: 'was taken twice' },
};

function readBy(ways: Partial<CompactorWays>): Roles {
  return { ...PRODUCT, reader: compactor('w1', { ...WAYS, ...ways }), another: serverCompactor('w2', { ...WAYS, ...ways }) };
}
