import { existsSync, readFileSync } from 'node:fs';

/** Folders of this one. A name stands on one of them only. */
const SHELVES = ['tables', 'step', 'upkeep', 'readers', 'verify', 'quality', 'models', 'exports', 'base', 'history'];

const texts = new Map<string, string>();

/**
 * The statement of a file of these folders with its `{{name}}` placeholders filled in; values are
 * SQL, already quoted. A placeholder without a value, or a value without a placeholder, is a
 * defect.
 */
export function sql(name: string, values: Readonly<Record<string, string>> = {}): string {
  const used = new Set<string>();
  const text = statement(name).replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name}.sql wants ${key}`);
    used.add(key);
    return value;
  });
  const unused = Object.keys(values).find((key) => !used.has(key));
  if (unused !== undefined) throw new Error(`${name}.sql has no place for ${unused}`);
  return text;
}

/** The text without its header comment, read once. */
function statement(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(place(name), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .trim();
  texts.set(name, text);
  return text;
}

/** On its shelf next to this file, or two levels up when this runs from `dist/warehouse-sql`. */
function place(name: string): URL {
  for (const folder of ['./', '../../warehouse-sql/']) {
    for (const shelf of SHELVES) {
      const url = new URL(`${folder}${shelf}/${name}.sql`, import.meta.url);
      if (existsSync(url)) return url;
    }
  }
  throw new Error(`there is no ${name}.sql`);
}
