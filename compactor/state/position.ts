import { z } from 'zod';
import type { Front } from './front.ts';
import { storedLsn } from './stored-lsn.ts';
import { keptObject } from '../../lake/kept-object.ts';

/**
 * How far a generation has come: all batches up to `manifest`, and of the next one its first
 * `files` files (of this table) and every change below `lsn`. Changes below `lsn` are never applied
 * later: they are in the copy, or they are applied.
 */
export const position = keptObject({ manifest: z.int().nonnegative(), files: z.int().nonnegative(), lsn: storedLsn });
export type Position = z.infer<typeof position>;

/** Where a generation really is: a live one is at least as far as the front. */
export function standing({ position: stored, state }: { readonly position: Position; readonly state: string }, front: Front): Position {
  if (state !== 'live' || stored.manifest > front.manifest) return stored;
  const files = stored.manifest === front.manifest ? stored.files : 0;
  return { manifest: front.manifest, files, lsn: stored.lsn >= front.lsn ? stored.lsn : front.lsn };
}
