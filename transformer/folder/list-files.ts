import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TailraceError } from '../../core/errors.ts';
import { badModel, parseHeader } from '../../core/sql-header.ts';
import type { SqlFile } from '../../core/sql-header.ts';

/** A file `DIR/<folder>/<name>.sql`. */
export interface FolderFile {
  /** As errors name it: with DIR as it was given. */
  readonly path: string;
  /** Relative to DIR. */
  readonly file: string;
  readonly folder: string;
  readonly name: string;
  /** Changes when the file does, as far as its time and size tell. */
  readonly stamp: string;
}

/**
 * The `.sql` files of DIR, by name. Others, and all whose name begins with a dot, are left out.
 * BAD_MODEL: DIR or a file in it cannot be read, a file lies elsewhere than in a folder of DIR, or
 * two files of a folder have names that differ in case only.
 */
export async function listFiles(directory: string): Promise<FolderFile[]> {
  const files = (await filesBelow(directory, [])).toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const seen = new Map<string, FolderFile>();
  for (const one of files) {
    const twin = seen.get(one.file.toLowerCase());
    if (twin) throw badModel(one.path, 1, `${twin.path} has the same name`, 'Rename one of the two; case does not count.');
    seen.set(one.file.toLowerCase(), one);
  }
  return files;
}

async function filesBelow(directory: string, folders: readonly string[]): Promise<FolderFile[]> {
  const found: FolderFile[] = [];
  for (const name of await reading(join(directory, ...folders), (path) => readdir(path))) {
    if (name.startsWith('.')) continue;
    const file = [...folders, name].join('/');
    const path = join(directory, file);
    // Not lstat: an orchestrator may mount a folder of links.
    const facts = await reading(path, (at) => stat(at));
    if (facts.isDirectory()) found.push(...(await filesBelow(directory, [...folders, name])));
    else if (/\.sql$/i.test(name)) {
      const [folder, below] = folders;
      if (folder === undefined || below !== undefined)
        throw badModel(path, 1, 'it does not lie in a folder of the models', 'Move it to DIR/<database>/<name>.sql.');
      // A pipe would be waited for, and a device may have no end.
      if (!facts.isFile()) throw badModel(path, 1, 'it is not a file', 'Remove it, or save the model in a file.');
      // A change of its rights shows in neither time nor size.
      await reading(path, async (from) => (await open(from)).close());
      found.push({ path, file, folder, name: name.slice(0, -'.sql'.length), stamp: `${file} ${facts.mtimeMs} ${facts.size} ${facts.ino}` });
    }
  }
  return found;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A file in its parts. BAD_MODEL when it cannot be read, is empty or is not UTF-8. */
export async function readSqlFile({ path }: Pick<FolderFile, 'path'>): Promise<SqlFile> {
  const bytes = await reading(path, (from) => readFile(from));
  let text;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw badModel(path, 1, 'it is not UTF-8', 'Save it in UTF-8.');
  }
  if (text.trim() === '') throw badModel(path, 1, 'it is empty', 'Write one SELECT, or remove the file.');
  return parseHeader(text, path);
}

async function reading<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new TailraceError('BAD_MODEL', `${path} cannot be read (${why})`, {
      cause: error,
      hint: 'Check --models and the rights of its files.',
    });
  }
}
