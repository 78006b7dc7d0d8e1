import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseLsn } from '../core/lsn.ts';

interface StoredManifest {
  readonly to: string;
  readonly files: readonly { readonly path: string; readonly inserts: number; readonly updates: number; readonly deletes: number }[];
}

/** Whether a directory lake has all that was committed below `end`. */
export function isDurable(lake: string, end: string): boolean {
  const name = manifestNames(lake).at(-1);
  return name !== undefined && parseLsn((read(path.join(lake, 'stream', name)) as StoredManifest).to) >= parseLsn(end);
}

/**
 * Paths, relative to the lake, of the Arrow files that the stream's manifests, or the snapshot's
 * chunks, name.
 */
export function lakeFiles(lake: string, source: 'stream' | 'snapshot'): string[] {
  if (source === 'stream') {
    return manifestNames(lake).flatMap((name) => (read(path.join(lake, 'stream', name)) as StoredManifest).files.map((file) => file.path));
  }
  return readdirSync(path.join(lake, 'snapshot'), { recursive: true })
    .map(String)
    .filter((name) => /\/\d{6}\.json$/.test(name))
    .map((name) => (read(path.join(lake, 'snapshot', name)) as { path: string }).path);
}

/** Inserts, updates and deletes in the stream of a directory lake. */
export function changesIn(lake: string): number {
  return manifestNames(lake)
    .flatMap((name) => (read(path.join(lake, 'stream', name)) as StoredManifest).files)
    .reduce((sum, { inserts, updates, deletes }) => sum + inserts + updates + deletes, 0);
}

/** How many batches a directory lake has that are not in pages. */
export function manifestCount(lake: string): number {
  return manifestNames(lake).length;
}

function manifestNames(lake: string): string[] {
  const folder = path.join(lake, 'stream');
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .toSorted()
    : [];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
