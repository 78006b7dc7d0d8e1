import { LAKE_COLLECTION } from '../../warehouse/lake-collection.ts';
import { literalCh } from '../../warehouse/names.ts';

/** How the engine reads files. */
export interface FileForm {
  readonly format: 'Arrow' | 'RawBLOB';
  /** Explicit names and types of the fields. */
  readonly structure: string;
}

/** Where and how an engine reads files of a lake by itself. No form holds a secret. */
export type ReadablePlace =
  | { readonly kind: 'directory'; /** absolute */ readonly path: string }
  /** S3 with the address and keys of the named collection. */
  | { readonly kind: 'collection' }
  /** S3 as the role of the engine's machine. `url`: as lakeUrl makes it; `setting`: allows it. */
  | { readonly kind: 'server'; readonly url: string; readonly setting: string | null }
  /** S3 as a role that the engine assumes. */
  | { readonly kind: 'role'; readonly url: string; readonly arn: string };

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
export function lakeFiles(place: ReadablePlace, paths: readonly string[], { format, structure }: FileForm): string {
  if (place.kind === 'directory') return localFiles(place.path, paths, { format, structure });
  const form = `'${format}', ${literalCh(structure)}`;
  if (place.kind === 'collection')
    return `s3(${LAKE_COLLECTION}, filename = ${literalCh(oneOf(paths))}, format = '${format}', structure = ${literalCh(structure)})`;
  const url = literalCh(`${place.url}${oneOf(paths)}`);
  if (place.kind === 'role') return `s3(${url}, extra_credentials(role_arn = ${literalCh(place.arn)}), ${form})`;
  return place.setting === null ? `s3(${url}, ${form})` : `(SELECT *, _path FROM s3(${url}, ${form}) SETTINGS ${place.setting})`;
}

function localFiles(folder: string, paths: readonly string[], { format, structure }: FileForm): string {
  const file = (root: string): string => `file(${literalCh(`${root}/${oneOf(paths)}`)}, '${format}', ${literalCh(structure)})`;
  if (!MEANS_SOMETHING.test(folder)) return file(folder);
  const wanted = paths.map((path) => literalCh(`${folder}/${path}`)).join(', ');
  return `(SELECT *, _path FROM ${file(folder.replace(SIGNS, '?'))} WHERE _path IN (${wanted}))`;
}

/** `folder/{a,b}.arrow`: the fastest form of a list, and one that says which files are meant. */
function oneOf(paths: readonly string[]): string {
  const [first = ''] = paths;
  if (paths.length === 1) return first;
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return `${folder}{${paths.map((path) => path.slice(folder.length)).join(',')}}`;
}
