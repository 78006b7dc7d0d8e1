import { z } from 'zod';

/**
 * As `z.object`, for records that are read, changed and stored again. Fields that this version does
 * not know stay in them, so that a program of the last release loses nothing of a newer one. The
 * type has the known fields only.
 */
export function keptObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  // Its own type would have an index signature, which hides misspelt names.
  return z.looseObject(shape);
}
