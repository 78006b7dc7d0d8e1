import { TailraceError } from './errors.ts';

/**
 * The named variables of our environment, if they are set: for a process that must not see the
 * others.
 */
export function passedOn(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/**
 * What `make` resolves with for the system's folder of temporary files. Rejects with NO_TEMP_FOLDER
 * when it fails there, as in a container whose root is read-only and that has no tmpfs.
 */
export async function tempFolderIn<T>(folder: string, make: (folder: string) => T | Promise<T>): Promise<T> {
  try {
    return await make(folder);
  } catch (error) {
    if (error instanceof TailraceError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new TailraceError('NO_TEMP_FOLDER', `the folder of temporary files, ${folder}, cannot be used: ${reason}`, { cause: error });
  }
}
