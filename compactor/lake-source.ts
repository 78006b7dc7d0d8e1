import { TailraceError } from '../core/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import { CLICKHOUSE, clickhouseCodeOf } from '../warehouse/clickhouse-code.ts';
import { LAKE_COLLECTION } from '../warehouse/lake-collection.ts';
import { literalCh, quoteCh } from '../warehouse/names.ts';
import { sql } from '../warehouse-sql/load.ts';
import { dropStorage } from './storage.ts';

/** Files as something a FROM clause can have. */
export interface SqlSource {
  readonly table: string;
  /** Expression that counts the files that were found, over alias `f`. */
  readonly fileCount: string;
  /** Takes away what had to be made for it. */
  release(): Promise<void>;
}

/** How the engine reads files of this lake: by itself wherever it can reach them, else through an input table that the bytes are sent to. */
export class LakeSource {
  readonly #store: ObjectStore;
  readonly #engine: Engine;
  readonly #input: string;

  /** `lease`: number of this compactor, which its input table carries. */
  constructor(store: ObjectStore, engine: Engine, lease: number) {
    this.#store = store;
    this.#engine = engine;
    this.#input = `input_${lease}`;
  }

  /** All paths are of one folder; `structure` is what their fields are read as. Only one source is open at a time. */
  async open(paths: readonly string[], structure: string): Promise<SqlSource> {
    const { location } = this.#store;
    if (location.kind === 'directory' && this.#engine.kind === 'embedded') {
      return named(`file(${literalCh(`${escapeGlob(location.path)}/${oneOf(paths)}`)}, 'Arrow', ${literalCh(structure)})`);
    }
    if (location.kind === 's3') {
      return named(`s3(${LAKE_COLLECTION}, filename = ${literalCh(oneOf(paths))}, format = 'Arrow', structure = ${literalCh(structure)})`);
    }
    return this.#send(paths, structure);
  }

  /** Runs what reads the files; when the engine could not get at the lake, tells a lake that is away from a file that is gone (LAKE_CORRUPT). */
  async explain<T>(paths: readonly string[], read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      for (const path of paths) {
        if ((await this.#store.head(path)) === null) throw new TailraceError('LAKE_CORRUPT', `${path} is missing`, { cause: error });
      }
      throw error;
    }
  }

  async #send(paths: readonly string[], structure: string): Promise<SqlSource> {
    if (this.#engine.insertArrow === undefined) throw new TailraceError('INTERNAL', 'this engine cannot read a lake in memory');
    const input = quoteCh(this.#input);
    await this.#engine.exec(sql('create-input', { input, columns: structure }));
    for (const path of paths) {
      const bytes = await this.#store.get(path);
      if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${path} is missing`);
      await this.#engine.insertArrow(`INSERT INTO tailrace.${input}`, once(bytes));
    }
    return { table: `tailrace.${input}`, fileCount: `toUInt64(${paths.length})`, release: () => dropStorage(this.#engine, this.#input) };
  }
}

/** A store that does not answer, or one that has no such file. */
function isOutOfReach(error: unknown): boolean {
  const away = error instanceof TailraceError && error.code === 'LAKE_UNAVAILABLE';
  return away || clickhouseCodeOf(error) === CLICKHOUSE.noSuchFile;
}

function named(table: string): SqlSource {
  return { table, fileCount: 'uniqExact(_tr_f._path)', release: () => Promise.resolve() };
}

/** `folder/{a,b}.arrow`: the list form that is quickest and says which files are meant. */
function oneOf(paths: readonly string[]): string {
  const [first = ''] = paths;
  if (paths.length === 1) return first;
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return `${folder}{${paths.map((path) => path.slice(folder.length)).join(',')}}`;
}

/** A folder's own name may have characters that are patterns to the engine; a question mark fits any of them. */
function escapeGlob(path: string): string {
  return path.replace(/[{}*?[\]|]/g, '?');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
