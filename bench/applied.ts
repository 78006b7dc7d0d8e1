import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseLsn } from '../core/lsn.ts';
import { sealedLsn, type Source } from './source.ts';
import { until } from './until.ts';

/**
 * Waits until `tables` tables in the warehouse of a directory lake have everything that the source
 * has committed by now.
 */
export async function allApplied({ client }: Source, lake: string, tables: number): Promise<void> {
  const end = await sealedLsn(client);
  await until(() => isApplied(lake, tables, end));
}

/** What a warehouse last said of its tables (readers/<id>/position.json). */
interface StoredPosition {
  readonly tables: readonly { readonly state: string; readonly appliedLsn: string | null }[];
}

/**
 * Whether a warehouse of a directory lake has this many live tables, each of them with all changes
 * below `end`.
 */
export function isApplied(lake: string, tables: number, end = '0/0'): boolean {
  return globSync('readers/*/position.json', { cwd: lake }).some((name) =>
    hasApplied(JSON.parse(readFileSync(path.join(lake, name), 'utf8')) as StoredPosition, tables, end),
  );
}

/** The same of one position. */
export function hasApplied({ tables: found }: StoredPosition, tables: number, end: string): boolean {
  const live = found.filter(({ state, appliedLsn }) => state === 'live' && parseLsn(appliedLsn ?? '0/0') >= parseLsn(end));
  return live.length >= tables;
}
