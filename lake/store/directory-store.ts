import { randomBytes } from 'node:crypto';
import { watch as watchFolder } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TailraceError } from '../../core/errors.ts';
import { LAKE_KEY, isStoreProbe } from '../keys.ts';
import { checkKey } from './object-store.ts';
import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation, UnfinishedWrites } from './object-store.ts';
import { directoryError, errnoOf, isMissing, linkError } from './directory-error.ts';
import { TEMPORARY_PREFIX, walk, walkKeys, walkTemporary } from './directory-walk.ts';
import { FILE_MODE, makeFolder, syncFolder } from './folder.ts';
import { Wakeups } from './wakeups.ts';

/**
 * Objects as files of a folder. A file gets its bytes under a temporary name beside its place, is
 * synced, and is then linked to its name, which fails when the name is taken. The folder is synced
 * last. So a visible name has all its bytes and survives a power cut.
 */
export class DirectoryStore implements ObjectStore {
  readonly location: StoreLocation & { kind: 'directory' };
  readonly unfinished: UnfinishedWrites;
  readonly #root: string;
  readonly #besideLake: boolean;

  /**
   * `besideLake`: folders are made only where lake.json is, except for lake.json itself and the
   * probe of a place. So nothing is written into the empty mount point of a volume that is away:
   * that is LAKE_UNAVAILABLE.
   */
  constructor(path: string, { besideLake = false }: { readonly besideLake?: boolean } = {}) {
    this.#besideLake = besideLake;
    this.#root = resolve(path);
    this.location = { kind: 'directory', path: this.#root };
    this.unfinished = {
      list: () => this.#listed('list unfinished writes', walkTemporary(this.#root)),
      remove: (name) => this.#guard(`delete ${name}`, () => rm(join(this.#root, name), { force: true })),
    };
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    return this.#putAbsent(key, bytes);
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    return this.#putAbsent(key, chunks);
  }

  async #putAbsent(key: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    return this.#guard(`write ${key}`, async () => {
      const path = this.#path(key);
      const temporary = await this.#writeTemporary(key, bytes);
      try {
        await link(temporary, path);
        return 'stored';
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw linkError(error, key, this.#root);
        return 'exists';
      } finally {
        await rm(temporary, { force: true });
        // Also for 'exists': the process that linked it may not have synced the folder yet, and our
        // answer promises that the object stays.
        await syncFolder(dirname(path));
      }
    });
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    await this.#guard(`write ${key}`, async () => {
      const path = this.#path(key);
      const temporary = await this.#writeTemporary(key, bytes);
      await rename(temporary, path).catch(async (error: unknown) => {
        await rm(temporary, { force: true });
        throw error;
      });
      await syncFolder(dirname(path));
    });
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.getRange(key, 0, Number.MAX_SAFE_INTEGER);
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#guardRead(`read ${key}`, async () => {
      await using file = await open(this.#path(key), 'r');
      const facts = await file.stat();
      if (!facts.isFile()) return null;
      const bytes = new Uint8Array(Math.max(0, Math.min(end, facts.size) - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    });
  }

  async head(key: string): Promise<ObjectFacts | null> {
    return this.#guardRead(`look at ${key}`, async () => {
      const facts = await stat(this.#path(key));
      return facts.isFile() ? { bytes: facts.size, modified: facts.mtime } : null;
    });
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<ListedObject> {
    yield* this.#listed(`list ${prefix}`, walk(this.#root, prefix, startAfter));
  }

  async *keys(prefix: string, startAfter: string): AsyncIterable<string> {
    yield* this.#listed(`list ${prefix}`, walkKeys(this.#root, prefix, startAfter));
  }

  async delete(key: string): Promise<void> {
    await this.#guard(`delete ${key}`, () => rm(this.#path(key), { force: true }));
  }

  async *watch(prefix: string, signal: AbortSignal): AsyncIterable<void> {
    if (signal.aborted) return;
    const folder = join(this.#root, prefix);
    const wake = new Wakeups();
    let watcher;
    try {
      await this.#makeFolder(prefix);
      watcher = watchFolder(folder, () => wake.ring());
    } catch {
      return; // No right to make the folder, or no watches left: the caller polls.
    }
    watcher.on('error', () => wake.stop());
    try {
      yield* wake.rings(signal);
    } finally {
      watcher.close();
    }
  }

  async close(): Promise<void> {}

  #path(key: string): string {
    checkKey(key);
    return join(this.#root, key);
  }

  /** Makes the folder of a key, or of a prefix that ends in a slash. */
  async #makeFolder(key: string): Promise<void> {
    if (this.#besideLake && key !== LAKE_KEY && !isStoreProbe(key) && (await this.head(LAKE_KEY)) === null) {
      throw new TailraceError('LAKE_UNAVAILABLE', `the lake is not in ${this.#root}: ${LAKE_KEY} is missing`);
    }
    await makeFolder(join(this.#root, key.slice(0, key.lastIndexOf('/') + 1)));
  }

  async #writeTemporary(key: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
    const temporary = join(dirname(this.#path(key)), `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
    const file = await open(temporary, 'wx', FILE_MODE).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await this.#makeFolder(key);
      return open(temporary, 'wx', FILE_MODE);
    });
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return temporary;
  }

  async #guard<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw directoryError(error, action, this.#root);
    }
  }

  async *#listed<T>(action: string, listing: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* listing;
    } catch (error) {
      throw directoryError(error, action, this.#root);
    }
  }

  async #guardRead<T>(action: string, run: () => Promise<T | null>): Promise<T | null> {
    return this.#guard(action, () =>
      run().catch((error: unknown) => {
        if (isMissing(error) || errnoOf(error) === 'EISDIR' || errnoOf(error) === 'ENOTDIR') return null;
        throw error;
      }),
    );
  }
}
