import { readFile, stat } from 'node:fs/promises';
import { SETTINGS } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';

/** The environment with the values of `TAILRACE_X_FILE` under the names `TAILRACE_X`. */
export interface ReadEnvironment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file of a value, by the variable without `_FILE`. */
  readonly secretFiles: ReadonlyMap<string, string>;
  /** Those of the files that users other than the owner and its group can read. */
  readonly readableByOthers: readonly string[];
}

/**
 * Reads the value of each setting whose `TAILRACE_X_FILE` is set from that file. One newline at its
 * end is not part of the value. Throws BAD_CONFIG when both variables are set, and when the file is
 * empty or cannot be read.
 */
export async function readSecretFiles(given: Readonly<Record<string, string | undefined>>): Promise<ReadEnvironment> {
  const environment = { ...given };
  const secretFiles = new Map<string, string>();
  const readableByOthers: string[] = [];
  if (given['TAILRACE_CONFIG_FILE'])
    throw new TailraceError('BAD_CONFIG', 'TAILRACE_CONFIG_FILE is set; allowed: TAILRACE_CONFIG, which already names files');
  for (const { environment: name } of SETTINGS) {
    const variable = `${name}_FILE`;
    const path = given[variable];
    if (path === undefined || path === '') continue;
    if (given[name]) throw new TailraceError('BAD_CONFIG', `${name} and ${variable} are both set; keep one of the two`);
    environment[name] = await contentOf(variable, path);
    secretFiles.set(name, path);
    if (((await stat(path)).mode & 0o004) !== 0) readableByOthers.push(path);
  }
  return { environment, secretFiles, readableByOthers };
}

async function contentOf(variable: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TailraceError('BAD_CONFIG', `the file "${path}" of ${variable} cannot be read`, { cause });
  });
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new TailraceError('BAD_CONFIG', `the file "${path}" of ${variable} is empty; it must hold the value`);
  return value;
}
