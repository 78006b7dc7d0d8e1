import { z } from 'zod';
import { lsnText } from './manifest.ts';

/** The newest base of a table, in answers and in the status. */
export const baseFacts = z.object({
  /** `schema.table` */
  table: z.string(),
  /** commits below it are in the base */
  lsn: lsnText,
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** when it was begun, by the clock of its writer */
  at: z.string(),
  /** how it was proven; null: not yet; `unequal`: it was judged wrong, and never counts */
  proof: z.enum(['rebuild', 'verify', 'unequal']).nullable(),
});
export type BaseFacts = z.infer<typeof baseFacts>;
