import { readFileSync } from 'node:fs';

/** Patterns of keys that a role may store and delete; `*` is any text. */
export interface LakeRights {
  readonly put: readonly string[];
  readonly delete: readonly string[];
}

/** The rights of each role, as access.tf has them. */
export function lakeRights(): Map<string, LakeRights> {
  const text = readFileSync(new URL('aws/access.tf', import.meta.url), 'utf8');
  const [, table = ''] = /lake_rights = \{\n(.*?)\n {2}\}/s.exec(text) ?? [];
  return new Map(
    [...table.matchAll(/(\w+) = \{\s+put\s+= \[(.*?)\]\s+delete = \[(.*?)\]/gs)].map(([, role = '', put = '', gone = '']) => [
      role,
      { put: patterns(put), delete: patterns(gone) },
    ]),
  );
}

function patterns(list: string): string[] {
  return [...list.matchAll(/"([^"]+)"/g)].map(([, pattern = '']) => pattern);
}

/** Whether IAM would let a pattern of a resource stand for this key. */
export function matches(pattern: string, key: string): boolean {
  return new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(key);
}
