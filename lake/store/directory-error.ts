import { TailraceError } from '../../core/errors.ts';

const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENAMETOOLONG', 'ELOOP']);

/** The errno name of a failed system call, or null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** There is nothing under that name. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/**
 * A failed system call → LAKE_UNWRITABLE when only a person can help (rights, kind of file system),
 * else LAKE_UNAVAILABLE (full, I/O error).
 */
export function directoryError(error: unknown, action: string, root: string): TailraceError {
  if (error instanceof TailraceError) return error;
  const errno = errnoOf(error);
  const what = `cannot ${action} in ${root} (${errno ?? 'unexpected failure'})`;
  if (errno === 'ENOTDIR') {
    return new TailraceError('LAKE_UNWRITABLE', what, { cause: error, hint: 'There is a file where the lake needs a folder.' });
  }
  return new TailraceError(errno !== null && UNWRITABLE.has(errno) ? 'LAKE_UNWRITABLE' : 'LAKE_UNAVAILABLE', what, { cause: error });
}

/**
 * What link(2) answers on file systems without hard links, and what FUSE answers for missing
 * features (https://man7.org/linux/man-pages/man2/link.2.html).
 */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * A failed link of a file that was just written into the same folder. Where the error means that
 * the file system has no hard links, it becomes LAKE_UNWRITABLE and says so, since the right to
 * write is not what is missing. Nothing else in Node makes a whole file appear under a name only if
 * the name is free.
 */
export function linkError(error: unknown, key: string, root: string): unknown {
  const errno = errnoOf(error);
  if (errno === null || !NO_LINKS.has(errno)) return error;
  return new TailraceError('LAKE_UNWRITABLE', `cannot write ${key} in ${root}: its file system has no hard links (${errno})`, {
    cause: error,
    hint: 'Put the lake on a file system with hard links, such as ext4, XFS or NFS, or on S3.',
  });
}
