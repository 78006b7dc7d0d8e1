import type { StoreLocation } from '../../lake/store/object-store.ts';
import { LAKE_COLLECTION } from '../../warehouse/lake-collection.ts';
import { literalCh } from '../../warehouse/names.ts';

/** How the engine reads files. */
export interface FileForm {
  readonly format: 'Arrow' | 'RawBLOB';
  /** Explicit names and types of the fields. */
  readonly structure: string;
}

/** Where an engine can read files of a lake by itself. */
export type ReadableLocation = StoreLocation & { readonly kind: 'directory' | 's3' };

/**
 * Characters that make a path a pattern, or (`::` after the name of an archive) a file within an
 * archive.
 */
const MEANS_SOMETHING = /[{}*?,]|::/;
/**
 * Every ASCII character that could have a meaning in a pattern, or in the regular expression that
 * the engine makes of it.
 */
const SIGNS = /[ !-,:-@[-^`{-~]/g;

/**
 * Files of one folder of the lake as a table expression that also has `_path`.
 *
 * ClickHouse cannot quote a character of a pattern (`*`, `?`, `{1,2}`). A path with one becomes a
 * pattern with `?` in place of each such character. That pattern may match other folders too, so
 * only rows of exactly these paths are taken; the engine opens no other file. lake/open-store.ts
 * refuses S3 prefixes with such characters, because there each pattern would cost listings.
 */
export function lakeFiles(location: ReadableLocation, paths: readonly string[], { format, structure }: FileForm): string {
  if (location.kind === 's3') {
    return `s3(${LAKE_COLLECTION}, filename = ${literalCh(oneOf(paths))}, format = '${format}', structure = ${literalCh(structure)})`;
  }
  const file = (root: string): string => `file(${literalCh(`${root}/${oneOf(paths)}`)}, '${format}', ${literalCh(structure)})`;
  if (!MEANS_SOMETHING.test(location.path)) return file(location.path);
  const wanted = paths.map((path) => literalCh(`${location.path}/${path}`)).join(', ');
  return `(SELECT *, _path FROM ${file(location.path.replace(SIGNS, '?'))} WHERE _path IN (${wanted}))`;
}

/** `folder/{a,b}.arrow`: the fastest form of a list, and one that says which files are meant. */
function oneOf(paths: readonly string[]): string {
  const [first = ''] = paths;
  if (paths.length === 1) return first;
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return `${folder}{${paths.map((path) => path.slice(folder.length)).join(',')}}`;
}
