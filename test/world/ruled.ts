import type { Column } from './model.ts';

/** Columns of these names are left out, masked by a digest and masked by NULL in a world with rules, whatever table they are in. */
export const RULED = ['secret', 'hidden', 'blank'] as const;

export const SALT = 'salt of a whole world';

/** What the product is told of them. */
export const RULES = {
  TAILRACE_TABLE: JSON.stringify({ '*.*': { exclude: ['secret'], mask: { hidden: 'sha256', blank: null } } }),
  TAILRACE_MASK_SALT: SALT,
};

/** Such a column is neither key nor renamed: by contract its table would not be replicated until the configuration fits again. */
export function isRuled({ name }: Pick<Column, 'name'>): boolean {
  return RULED.some((ruled) => ruled === name);
}
