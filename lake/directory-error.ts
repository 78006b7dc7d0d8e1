import { TailraceError } from '../core/errors.ts';

const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENAMETOOLONG', 'ELOOP']);

/** The errno name of a failed system call, or null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Nothing under that name. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** A failed system call → LAKE_UNWRITABLE when only a person can help (rights, kind of file system), else LAKE_UNAVAILABLE (full, I/O error). */
export function directoryError(error: unknown, action: string, root: string): TailraceError {
  if (error instanceof TailraceError) return error;
  const errno = errnoOf(error);
  const what = `cannot ${action} in ${root} (${errno ?? 'unexpected failure'})`;
  if (errno === 'ENOTDIR') {
    return new TailraceError('LAKE_UNWRITABLE', what, { cause: error, hint: 'A file stands where the lake needs a folder.' });
  }
  return new TailraceError(errno !== null && UNWRITABLE.has(errno) ? 'LAKE_UNWRITABLE' : 'LAKE_UNAVAILABLE', what, { cause: error });
}
