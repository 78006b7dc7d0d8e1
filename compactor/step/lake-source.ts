import { createHash } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { LAKE_KEY } from '../../lake/keys.ts';
import { placeOf } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { READ_SETTINGS } from '../storage/insert-settings.ts';
import { lakeFiles } from './lake-files.ts';
import type { ReadableLocation } from './lake-files.ts';
import { dropStorage } from '../storage/storage.ts';
import { isTableError } from '../state/table-error.ts';

/** Files in a form that a FROM clause can have. */
export interface SqlSource {
  readonly table: string;
  /** Expression that counts the files that were found, over the alias `_tr_f`. */
  readonly fileCount: string;
  /** Drops what had to be created for it. */
  release(): Promise<void>;
}

/**
 * How the engine reads files of this lake: by itself when it can reach them, otherwise through an
 * input table that receives their bytes.
 */
export class LakeSource {
  readonly #store: ObjectStore;
  readonly #engine: Engine;
  readonly #input: string;

  /** `lease`: lease number of this compactor, which its input table carries. */
  constructor(store: ObjectStore, engine: Engine, lease: number) {
    this.#store = store;
    this.#engine = engine;
    this.#input = `input_${lease}`;
  }

  /**
   * All paths are of one folder; `structure` is what their fields are read as. Only one source is
   * open at a time.
   */
  async open(paths: readonly string[], structure: string): Promise<SqlSource> {
    const location = this.#readable();
    if (location === null) return this.#send(paths, structure);
    return named(lakeFiles(location, paths, { format: 'Arrow', structure }));
  }

  /**
   * Reads `lake.json` through the engine. LAKE_UNREADABLE when the engine does not get the file
   * that this process sees. A store or an engine that is unavailable is reported as that.
   */
  async prove(): Promise<void> {
    const location = this.#readable();
    const wanted = location === null ? null : await this.#store.get(LAKE_KEY);
    if (location === null || wanted === null) return;
    const source = lakeFiles(location, [LAKE_KEY], { format: 'RawBLOB', structure: 'content String' });
    const rows = await this.#engine
      .query<{ hash: string }>(sql('prove-lake', { source, settings: READ_SETTINGS }))
      .catch((error: unknown) => {
        if (!isTableError(error)) throw error;
        throw new TailraceError('LAKE_UNREADABLE', `the warehouse's engine cannot read the lake ${placeOf(this.#store)}`, { cause: error });
      });
    if (rows.length === 1 && rows[0]?.hash === createHash('sha256').update(wanted).digest('hex')) return;
    throw new TailraceError('LAKE_UNREADABLE', `the warehouse's engine cannot find this lake in ${placeOf(this.#store)}`);
  }

  /** Where the engine reads files by itself; null: it cannot, and files are sent to it. */
  #readable(): ReadableLocation | null {
    const { location } = this.#store;
    if (location.kind === 's3') return location;
    return location.kind === 'directory' && this.#engine.traits.readsLocalFiles ? location : null;
  }

  async #send(paths: readonly string[], structure: string): Promise<SqlSource> {
    if (this.#engine.insertArrow === undefined)
      throw new TailraceError('INTERNAL', 'this engine cannot read the lake by itself, nor receive its files');
    const input = quoteCh(this.#input);
    await this.#engine.exec(sql('create-input', { input, columns: structure }));
    for (const path of paths) {
      const bytes = await this.#store.get(path);
      if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${path} is missing`);
      await this.#engine.insertArrow(sql('fill-input', { input }), once(bytes));
    }
    return { table: `tailrace.${input}`, fileCount: `toUInt64(${paths.length})`, release: () => dropStorage(this.#engine, this.#input) };
  }
}

function named(table: string): SqlSource {
  return { table, fileCount: 'uniqExact(_tr_f._path)', release: () => Promise.resolve() };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
