import { TailraceError, describeError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { isoTime } from '../../core/time.ts';

/** Errors of the surroundings: they say nothing about the table at hand. */
const SURROUNDINGS = new Set<ErrorCode>([
  'WAREHOUSE_UNAVAILABLE',
  'WAREHOUSE_IN_USE',
  'WAREHOUSE_REFUSED',
  'WAREHOUSE_FULL',
  'WAREHOUSE_TAKEN',
  'LAKE_UNAVAILABLE',
  'LAKE_UNWRITABLE',
  'LAKE_REPLACED',
  'FENCED',
]);

/** Whether a failure concerns one table only, so that the others continue without it. */
export function isTableError(error: unknown): boolean {
  return !(error instanceof TailraceError) || !SURROUNDINGS.has(error.code);
}

/** Whether another process has the warehouse. */
export function isTaken(error: unknown): boolean {
  return error instanceof TailraceError && error.code === 'WAREHOUSE_TAKEN';
}

/** The form in which an error is stored with its table. */
export function storedError(error: unknown, wallMs: number): { code: string; message: string; at: string } {
  return {
    code: error instanceof TailraceError ? error.code : 'INTERNAL',
    message: describeError(error).slice(0, 2000),
    at: isoTime(wallMs),
  };
}
