import { z } from 'zod';

/** As long as a name of Postgres. */
const LONGEST = 63;

/**
 * The name of a freeze: an identifier that needs no quotes, because it begins the names of
 * databases.
 */
export const freezeName = z
  .string()
  .max(LONGEST, `a name has at most ${LONGEST} characters`)
  .regex(/^[A-Za-z_]\w*$/, 'a name has letters, digits and _ only, and does not begin with a digit');

/** Begins the names of freezes that tailrace takes for itself and holds, and of no other ones. */
export const HELD_PREFIX = 'tailrace_';
