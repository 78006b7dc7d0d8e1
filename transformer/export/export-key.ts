import type { Lsn } from '../../core/lsn.ts';

/*
 * Names below the place of an export. Pure.
 *
 *   <table>/<lsn, 16 hex digits>/<column>=<value>/part-00000-<writer>.parquet
 *   <table>/<lsn>/manifest.json
 *   <table>/latest.json
 *   <table>/latest.lock          while latest.json is replaced
 */

const LSN_DIGITS = 16;
/** How Hive and its readers write NULL. */
const NULL_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** Longest name of a file or folder, in bytes, on most file systems. */
export const NAME_BYTES = 255;

/** The folder of a table, with a slash at its end. */
export function tablePrefix(table: string): string {
  return `${encoded(Buffer.from(table))}/`;
}

/** The folder of one export, with a slash at its end. */
export function exportPrefix(table: string, lsn: Lsn): string {
  return `${tablePrefix(table)}${lsn.toString(16).padStart(LSN_DIGITS, '0')}/`;
}

export function manifestKey(table: string, lsn: Lsn): string {
  return `${exportPrefix(table, lsn)}manifest.json`;
}

export function latestKey(table: string): string {
  return `${tablePrefix(table)}latest.json`;
}

export function latestLockKey(table: string): string {
  return `${tablePrefix(table)}latest.lock`;
}

/** The path of a manifest as latest.json has it: relative to latest.json. */
export function manifestPath(table: string, lsn: Lsn): string {
  return manifestKey(table, lsn).slice(tablePrefix(table).length);
}

/** The name of a data file, relative to its manifest. `folder` is '' or ends in a slash. */
export function filePath(folder: string, n: number, writer: string): string {
  return `${folder}part-${String(n).padStart(5, '0')}-${writer}.parquet`;
}

/** What an object below a table's folder is; null when no export has put it there. */
export function parseExportKey(table: string, key: string): { lsn: Lsn | null; kind: 'latest' | 'lock' | 'manifest' | 'file' } | null {
  const prefix = tablePrefix(table);
  if (!key.startsWith(prefix)) return null;
  const name = key.slice(prefix.length);
  if (name === 'latest.json') return { lsn: null, kind: 'latest' };
  if (name === 'latest.lock') return { lsn: null, kind: 'lock' };
  const match = /^([0-9a-f]{16})\/(?:(manifest\.json)|(?:[^/]+=[^/]*\/)?part-\d{5,}-[0-9a-f]{8}\.parquet)$/.exec(name);
  if (match === null) return null;
  return { lsn: BigInt(`0x${match[1]}`), kind: match[2] === undefined ? 'file' : 'manifest' };
}

/**
 * `column=value/`, as Hive names the folder of a partition. `value` has the bytes of the value's
 * text; null: NULL. All bytes but letters, digits, `_`, `-` and `.` are percent-encoded, so a value
 * is no path.
 */
export function partitionFolder(column: string, value: Uint8Array | null): string {
  const name = encoded(Buffer.from(column));
  if (value === null) return `${name}=${NULL_VALUE}/`;
  const text = encoded(value);
  // The text itself must not read as NULL.
  return `${name}=${text === NULL_VALUE ? `%5F${text.slice(1)}` : text}/`;
}

function encoded(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  return text.startsWith('.') ? `%2E${text.slice(1)}` : text;
}
