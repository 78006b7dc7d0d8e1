import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../core/errors.ts';
import { checksum } from '../../lake/arrow-file.ts';
import { LAKE_KEY } from '../../lake/keys.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { CLICKHOUSE, clickhouseCodeOf } from '../../warehouse/clickhouse-code.ts';
import { onShards, shardsOf } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import type { SqlSource } from './lake-source.ts';
import { isTableError } from '../state/table-error.ts';
import type { StepContext } from './step-context.ts';
import { NO_MARKS_SQL } from './unchanged-columns.ts';

/** A data object as a manifest or the record of a chunk names it. */
export interface NamedFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: string;
}

type Reading = Omit<StepContext, 'fence'>;

/** How files are read. */
interface FileReading {
  readonly structure: string;
  /** Expressions over `_tr_f`, whose values are returned with the source: an array of texts. */
  readonly marks: string;
  /** And a number. */
  readonly keys: string;
}

/** Files that were checked, and what was found in the same pass. */
interface OpenFiles extends Found {
  readonly source: SqlSource;
}

interface Found {
  readonly marks: readonly string[];
  readonly keys: number;
}

/** Pauses before the second look and the third; live tables wait for them. */
const PAUSES_MS = [100, 400];
/** Objects that are checked together. */
const TOGETHER = 16;

/**
 * Files of one folder, once the engine has counted as many rows in them as the
 * lake says. The caller releases the source. A store can fail for a moment, and a parked table
 * costs a person's time. So a count that differs is taken three times, and the objects are checked
 * one by one in between.
 * Errors: LAKE_CORRUPT names the first object that is not what was written; LAKE_UNAVAILABLE when
 * the lake as a whole is not there.
 */
export async function openFiles(context: Reading, files: readonly NamedFile[], how: FileReading): Promise<OpenFiles> {
  for (let look = 0; ; look += 1) {
    const tried = await attempt(context, files, how);
    if ('source' in tried) return tried;
    const trouble = await firstTrouble(context.store, files);
    const pauseMs = PAUSES_MS[look];
    if (pauseMs === undefined) throw await finding(context, { files, how, failure: tried.failure, trouble });
    if (trouble === null && isOutOfReach(tried.failure)) throw tried.failure;
    context.log.warn({ error: tried.failure.message, trouble: trouble?.text ?? null }, 'files of the lake are read again');
    await sleep(pauseMs);
  }
}

async function attempt(context: Reading, files: readonly NamedFile[], how: FileReading): Promise<OpenFiles | { failure: Error }> {
  let source: SqlSource | null = null;
  try {
    source = await context.lake.open(
      files.map((file) => file.path),
      how.structure,
    );
    const counted = await count(context, source, { files, how });
    if ('marks' in counted) return { source, ...counted };
    await source.release();
    return counted;
  } catch (error) {
    await source?.release();
    if (!(error instanceof Error) || !isOfFiles(error)) throw error;
    return { failure: error };
  }
}

/**
 * What was asked for, when the engine reads what the lake says. A file without rows is not counted
 * as a file, so only missing rows matter.
 */
async function count(
  { engine }: Reading,
  source: SqlSource,
  { files, how }: { files: readonly NamedFile[]; how: FileReading },
): Promise<Found | { failure: TailraceError }> {
  const { marks, keys } = how;
  const rows = files.reduce((total, file) => total + file.rows, 0);
  const common = { source: source.table, files: source.fileCount, settings: READ_SETTINGS };
  // All find the same, so one shard looks, and another one for other files.
  const finder = rows % shardsOf(engine).length;
  const looks = await onShards(engine, (shard, share) => {
    const facts = share.shard === finder ? { marks, keys } : { marks: NO_MARKS_SQL, keys: '0' };
    return shard.query<{ rows: string; files: string; marks: string[]; keys: string }>(sql('check-files', { ...common, ...facts }));
  });
  const isRight = (found: (typeof looks)[number][number] | undefined): boolean =>
    Number(found?.rows) === rows && (rows === 0 || Number(found?.files) <= files.length);
  const [found] = looks.find(([one]) => !isRight(one)) ?? looks[finder] ?? [];
  if (isRight(found)) return { marks: found?.marks ?? [], keys: Number(found?.keys) };
  const which = files.length === 1 ? files[0]?.path : `${files[0]?.path} and ${files.length - 1} more`;
  const text = `${which}: the engine reads ${found?.rows} rows in ${found?.files} files, not ${rows}`;
  return { failure: new TailraceError('LAKE_CORRUPT', text) };
}

/** What is wrong with an object. `missing`: it is not there at all. */
interface Trouble {
  readonly path: string;
  readonly text: string;
  readonly missing: boolean;
}

/** What is wrong with the first object that is not what was written; null: nothing. */
async function firstTrouble(store: ObjectStore, files: readonly NamedFile[]): Promise<Trouble | null> {
  for (let at = 0; at < files.length; at += TOGETHER) {
    const troubles = await Promise.all(files.slice(at, at + TOGETHER).map((file) => sizeTrouble(store, file)));
    const first = troubles.find((trouble) => trouble !== null);
    if (first !== undefined) return first;
  }
  for (const { path, ...named } of files) {
    const bytes = await store.get(path);
    if (bytes !== null && checksum(bytes) !== named.checksum)
      return { path, text: `${path} differs from what was written`, missing: false };
  }
  return null;
}

async function sizeTrouble(store: ObjectStore, { path, bytes }: NamedFile): Promise<Trouble | null> {
  const facts = await store.head(path);
  if (facts === null) return { path, text: `${path} is missing`, missing: true };
  return facts.bytes === bytes ? null : { path, text: `${path} has ${facts.bytes} bytes, not ${bytes}`, missing: false };
}

/**
 * The error to end with. When all objects are intact, each is read alone to find the one that the
 * engine reads differently.
 */
async function finding(
  context: Reading,
  found: { files: readonly NamedFile[]; how: FileReading; failure: Error; trouble: Trouble | null },
): Promise<Error> {
  const { files, how, failure, trouble } = found;
  if (trouble !== null) {
    const away = (await context.store.head(LAKE_KEY)) === null;
    if (away) return new TailraceError('LAKE_UNAVAILABLE', `the lake is not there: ${LAKE_KEY} is missing`, { cause: failure });
    if (trouble.missing) return new MissingObject(trouble.path, { cause: failure });
    return new TailraceError('LAKE_CORRUPT', trouble.text, { cause: failure });
  }
  for (const file of files.length > 1 ? files : []) {
    const alone = await attempt(context, [file], how);
    if (!('source' in alone)) return alone.failure;
    await alone.source.release();
  }
  return failure;
}

/** Whether the failure is that the store does not answer the engine. */
function isOutOfReach(error: Error): boolean {
  return error instanceof TailraceError && error.code === 'LAKE_UNAVAILABLE';
}

/**
 * Whether the files may be the cause of a failure: the engine cannot get them, or cannot read them.
 */
function isOfFiles(error: Error): boolean {
  return isOutOfReach(error) || (isTableError(error) && clickhouseCodeOf(error) !== CLICKHOUSE.memoryLimit);
}
