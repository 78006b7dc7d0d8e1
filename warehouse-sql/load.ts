import { existsSync, readFileSync } from 'node:fs';

const texts = new Map<string, string>();

/**
 * The statement of a file of this folder with its `{{name}}` placeholders filled in; values are
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
  const text = readFileSync(path(name), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .trim();
  texts.set(name, text);
  return text;
}

/** Next to this file, or two levels up from it when it runs from `dist/warehouse-sql`. */
function path(name: string): URL {
  const beside = new URL(`./${name}.sql`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../warehouse-sql/${name}.sql`, import.meta.url);
}
