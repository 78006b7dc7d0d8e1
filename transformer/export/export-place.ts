import { TailraceError } from '../../core/errors.ts';
import type { ListedObject, ObjectStore } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { parseExportKey, tablePrefix } from './export-key.ts';
import { readLatest } from './export-manifest.ts';

/** Objects of a place that are looked at to tell whether it is one for exports. */
const LOOKED_AT = 1_000;
/** The names of an export, of any table. */
const OF_AN_EXPORT =
  /^[^/]+\/(?:latest\.(?:json|lock)|[0-9a-f]{16}\/(?:manifest\.json|(?:[^/]+=[^/]*\/)?part-\d{5,}-[0-9a-f]{8}\.parquet))$/;

/**
 * Opens the place of exports; nothing is read or written yet. BAD_ARGUMENT when it cannot be one.
 */
export async function openPlace(to: string, s3PathStyle: boolean): Promise<ObjectStore> {
  return new GuardedPlace(await openStore(to, { s3PathStyle, flag: '--to', lake: false }));
}

/**
 * Throws EXPORT_TAKEN when the place, or the folder of the table in it, holds something else than
 * exports. A place that has an export already may have other things beside it.
 */
export async function checkPlace(place: ObjectStore, table: string): Promise<void> {
  let [looked, foreign]: [number, string | null] = [0, null];
  for await (const { key } of place.list('')) {
    looked += 1;
    if (OF_AN_EXPORT.test(key)) {
      foreign = null;
      break;
    }
    if (!key.startsWith('.')) foreign ??= key;
    if (looked === LOOKED_AT) break;
  }
  if (foreign !== null) throw taken(place, foreign);
  for await (const { key } of place.list(tablePrefix(table))) {
    if (parseExportKey(table, key) === null) throw taken(place, key);
  }
  await readLatest(place, table);
}

function taken(place: ObjectStore, key: string): TailraceError {
  return new TailraceError('EXPORT_TAKEN', `${shownPlace(place)} holds something else: ${key}`);
}

/** The place, for people. */
function shownPlace({ location }: Pick<ObjectStore, 'location'>): string {
  if (location.kind === 'directory') return location.path;
  return location.kind === 's3' ? `s3://${location.bucket}/${location.prefix}` : 'memory';
}

/** A store whose errors speak of an export; the store itself speaks of a lake. */
class GuardedPlace implements ObjectStore {
  readonly location: ObjectStore['location'];
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.location = store.location;
  }

  put(...args: Parameters<ObjectStore['put']>): ReturnType<ObjectStore['put']> {
    return this.#store.put(...args).catch(this.#fail);
  }

  putStream(...args: Parameters<ObjectStore['putStream']>): ReturnType<ObjectStore['putStream']> {
    return this.#store.putStream(...args).catch(this.#fail);
  }

  replace(...args: Parameters<ObjectStore['replace']>): ReturnType<ObjectStore['replace']> {
    return this.#store.replace(...args).catch(this.#fail);
  }

  get(key: string): ReturnType<ObjectStore['get']> {
    return this.#store.get(key).catch(this.#fail);
  }

  getRange(...args: Parameters<ObjectStore['getRange']>): ReturnType<ObjectStore['getRange']> {
    return this.#store.getRange(...args).catch(this.#fail);
  }

  head(key: string): ReturnType<ObjectStore['head']> {
    return this.#store.head(key).catch(this.#fail);
  }

  delete(key: string): ReturnType<ObjectStore['delete']> {
    return this.#store.delete(key).catch(this.#fail);
  }

  async *list(...args: Parameters<ObjectStore['list']>): AsyncGenerator<ListedObject> {
    try {
      yield* this.#store.list(...args);
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  readonly #fail = (error: unknown): never => {
    if (!(error instanceof TailraceError) || !error.code.startsWith('LAKE_')) throw error;
    if (error.message.includes('(ENOTDIR)'))
      throw new TailraceError('EXPORT_TAKEN', `${shownPlace(this)} is or has a file where an export needs a folder`, { cause: error });
    const [, what = error.message] = /^\w+: (.*?)\.(?: |$)/s.exec(error.message) ?? [];
    throw new TailraceError('EXPORT_UNAVAILABLE', what, { cause: error });
  };
}
