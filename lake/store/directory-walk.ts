import { readdir, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { ListedObject } from './object-store.ts';
import { isMissing } from './directory-error.ts';

/** Prefix of the names of files that are being written; no key begins with it. */
export const TEMPORARY_PREFIX = '.tmp-';

interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

/**
 * Files below `root` whose key begins with `prefix` and is greater than `startAfter`, in byte order
 * of keys, with one folder in memory at a time. Temporary files are not objects.
 */
export async function* walk(root: string, prefix: string, startAfter: string): AsyncGenerator<ListedObject> {
  for await (const key of walkKeys(root, prefix, startAfter)) {
    const facts = await factsOf(join(root, key));
    if (facts !== null) yield { key, ...facts };
  }
}

/** Only their keys: no file is looked at. */
export async function* walkKeys(root: string, prefix: string, startAfter: string): AsyncGenerator<string> {
  yield* walkFolder({ root, prefix, startAfter, base: prefix.slice(0, prefix.lastIndexOf('/') + 1) });
}

/**
 * Temporary files below `root`, as relative paths: of running writes, and of writes that a crash
 * broke off.
 */
export async function* walkTemporary(root: string, base = ''): AsyncGenerator<string> {
  for (const entry of await readFolder(join(root, base))) {
    if (entry.folder) yield* walkTemporary(root, base + entry.name);
    else if (entry.name.startsWith(TEMPORARY_PREFIX)) yield base + entry.name;
  }
}

async function* walkFolder(scope: { root: string; prefix: string; startAfter: string; base: string }): AsyncGenerator<string> {
  const { root, prefix, startAfter, base } = scope;
  for (const entry of await readFolder(join(root, base))) {
    if (entry.name.startsWith(TEMPORARY_PREFIX)) continue;
    const key = base + entry.name;
    if (entry.folder) {
      const wanted = key.startsWith(prefix) || prefix.startsWith(key);
      // All keys of the folder begin with its name. They can be greater only if the name is, or if
      // startAfter begins with it.
      if (wanted && (key > startAfter || startAfter.startsWith(key))) yield* walkFolder({ ...scope, base: key });
    } else if (key.startsWith(prefix) && key > startAfter) yield key;
  }
}

async function readFolder(path: string): Promise<Entry[]> {
  let found: Dirent[];
  try {
    found = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const entries: Entry[] = [];
  for (const item of found) {
    if (item.isDirectory() || (item.isSymbolicLink() && (await leadsToFolder(join(path, item.name))))) {
      entries.push({ name: `${item.name}/`, folder: true });
    } else if (item.isFile()) entries.push({ name: item.name, folder: false });
  }
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** An operator may have put a folder of the lake on another disk. */
async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

async function factsOf(path: string): Promise<{ bytes: number; modified: Date } | null> {
  try {
    const facts = await stat(path);
    return { bytes: facts.size, modified: facts.mtime };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
