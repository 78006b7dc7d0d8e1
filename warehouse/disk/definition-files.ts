import { closeSync, existsSync, openSync, readdirSync, readlinkSync, readSync, rmSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * The files in which the engine keeps the definitions of tables, views and databases.
 *
 * Where there is no room for one, chDB 26 does not say so: the statement succeeds, and the file is
 * empty or broken off. A directory that has such a file cannot be opened any more. So no definition
 * is written while there is little room, and what was broken off all the same is removed. The
 * compactor builds again what is missing then (compactor/settle-storage.ts).
 */

/** Least room for a statement that writes a definition. */
const ROOM_BYTES = 8 * 2 ** 20;
/** Sizes of files that are broken off are multiples of it. */
const SECTOR_BYTES = 512;
const NEWLINE = 0x0a;

/** Whether a statement writes the definition of something. */
export function isDefinition(sql: string): boolean {
  return /^\s*(?:CREATE|ALTER)\s/i.test(sql);
}

/** Whether there is room for definitions. */
export async function hasRoom(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize >= ROOM_BYTES;
}

/** Definitions of a warehouse that are not whole. */
export function brokenDefinitions(directory: string): string[] {
  const metadata = join(directory, 'metadata');
  if (!existsSync(metadata)) return [];
  const folders = readdirSync(metadata, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return [join(metadata, entry.name)];
    // It is absolute, and the directory may have been moved.
    const uuid = entry.isSymbolicLink() ? basename(readlinkSync(join(metadata, entry.name))) : null;
    return uuid === null ? [] : [join(directory, 'store', uuid.slice(0, 3), uuid)];
  });
  return [metadata, ...folders]
    .filter((folder) => existsSync(folder))
    .flatMap(definitionsIn)
    .filter(isBroken);
}

/** Removes the definitions that are not whole. Returns their files. */
export function removeBroken(directory: string): string[] {
  const broken = brokenDefinitions(directory);
  for (const file of broken) rmSync(file, { force: true });
  return broken;
}

function definitionsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => join(folder, name));
}

/** A whole one ends with a newline. */
function isBroken(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? null;
  if (size === null || size % SECTOR_BYTES !== 0) return false;
  return size === 0 || lastByte(file, size) !== NEWLINE;
}

function lastByte(file: string, size: number): number | undefined {
  const opened = openSync(file, 'r');
  try {
    const byte = Buffer.alloc(1);
    readSync(opened, byte, 0, 1, size - 1);
    return byte[0];
  } finally {
    closeSync(opened);
  }
}
