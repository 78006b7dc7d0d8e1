import type { Column } from './model.ts';
import { SIEVE } from './sieved.ts';

/**
 * Columns of these names are left out, masked by a digest and masked by NULL in every table of a
 * world with rules.
 */
export const RULED = ['secret', 'hidden', 'blank'] as const;

export const SALT = 'salt of a whole world';

/** The section `table` of the configuration for them. */
export const RULES = { '*.*': { exclude: ['secret'], mask: { hidden: 'sha256', blank: null } } };

/**
 * Such a column is neither key nor renamed: by contract its table would not be replicated until the
 * configuration fits again.
 */
export function isRuled({ name }: Pick<Column, 'name'>): boolean {
  return name === SIEVE || RULED.some((ruled) => ruled === name);
}
