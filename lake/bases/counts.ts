import type { Base } from './base-log.ts';

/**
 * What a base needs beyond having been read back: `rebuild`, `verify`: that another computation
 * came to the same rows; `none`: nothing.
 */
export type ProofPolicy = 'rebuild' | 'verify' | 'none';

/**
 * Whether a warehouse may begin with a base, and batches may go because of it. A base that was
 * judged unequal never counts.
 */
export function counts({ proof }: Pick<Base, 'proof'>, policy: ProofPolicy): boolean {
  return proof?.equal ?? policy === 'none';
}
