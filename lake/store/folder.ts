import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TailraceError } from '../../core/errors.ts';
import { errnoOf, isMissing } from './directory-error.ts';

/** Rows are private: folders and files of a lake are made for this user alone. */
const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/**
 * Makes a folder and the missing ones above it, each durably and for this user alone. `mkdir` with
 * `recursive` is no choice: it never returns where nothing can be made, as in /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (!(await makeOne(folder))) {
    await makeFolder(parent);
    // Either the parent was missing or another process has just made it: it is there now.
    if (!(await makeOne(folder))) throw new TailraceError('LAKE_UNWRITABLE', `cannot create a folder in ${parent}`);
  }
  await syncFolder(parent).catch((error: unknown) => {
    // The folder above the lake may belong to another user, who lets us add to it but not read it.
    if (errnoOf(error) !== 'EACCES') throw error;
  });
}

/** False when the folder above is missing. */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, FOLDER_MODE);
  } catch (error) {
    if (isMissing(error)) return false;
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return true;
}

const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Makes the entries of a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync().catch((error: unknown) => {
    // Some network file systems cannot sync folders; they keep entries as safe as they can by
    // themselves.
    if (!NO_FOLDER_SYNC.has(errnoOf(error) ?? '')) throw error;
  });
}
