import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TailraceError } from '../../core/errors.ts';
import { engineProbeKey } from '../../lake/keys.ts';
import { placeOf } from '../../lake/lake-identity.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { onShards } from '../../warehouse/cluster/shards.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import type { LakeAccess } from './lake-access.ts';
import { lakeFiles } from './lake-files.ts';
import { dropStorage } from '../storage/storage.ts';
import { isTableError } from '../state/table-error.ts';
import { isRefused, unreadableLake } from './unreadable-lake.ts';

/** Files in a form that a FROM clause can have. */
export interface SqlSource {
  readonly table: string;
  /** Expression that counts the files that were found, over the alias `_tr_f`. */
  readonly fileCount: string;
  /** Drops what had to be created for it. */
  release(): Promise<void>;
}

export interface LakeSourceOptions {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly access: LakeAccess;
  /** Lease number of this compactor, which its input tables carry. */
  readonly lease: number;
}

/**
 * How the engine reads files of this lake: by itself when it can and may reach them, otherwise
 * their bytes are sent: into an input table of a server, or into the folder of an embedded engine.
 */
export class LakeSource {
  readonly #store: ObjectStore;
  readonly #engine: Engine;
  readonly #access: LakeAccess;
  readonly #lease: number;
  #inputs = 0;

  constructor({ store, engine, access, lease }: LakeSourceOptions) {
    this.#store = store;
    this.#engine = engine;
    this.#access = access;
    this.#lease = lease;
  }

  /** All paths are of one folder; `structure` is what their fields are read as. */
  async open(paths: readonly string[], structure: string): Promise<SqlSource> {
    await this.#access.renew();
    const { place } = this.#access;
    if (place !== null) return found(lakeFiles(place, paths, { format: 'Arrow', structure }));
    this.#inputs += 1;
    const input = `input_${this.#lease}_${this.#inputs}`;
    return this.#engine.insertRows === undefined ? this.#fetch(input, paths, structure) : this.#send(input, paths, structure);
  }

  /**
   * Reads an object of its own through the engine. LAKE_UNREADABLE when the engine does not get
   * what this process wrote; it names the object and whose right it is. A store or an engine that
   * is unavailable is reported as that, and so is a refusal of an engine that has read the lake
   * before (`readBefore`).
   */
  async prove(readBefore: boolean): Promise<void> {
    if (this.#access.place === null) return;
    await this.#access.renew();
    const path = engineProbeKey(randomBytes(6).toString('hex'));
    const content = randomBytes(16).toString('hex');
    await this.#store.put(path, Buffer.from(content));
    try {
      const hash = createHash('sha256').update(content).digest('hex');
      await onShards(this.#engine, (shard) => this.#proveBy(shard, { path, hash, readBefore }));
    } finally {
      await this.#store.delete(path);
    }
  }

  async #proveBy(shard: Engine, { path, hash, readBefore }: { path: string; hash: string; readBefore: boolean }): Promise<void> {
    const { place, reading, keyId } = this.#access;
    if (place === null) return;
    const engine = this.#engine.traits.ownsDirectory ? 'the embedded engine' : 'the ClickHouse server';
    const facts = { lake: placeOf(this.#store), path, reading: place.kind === 'directory' ? null : reading, keyId, engine, readBefore };
    const source = lakeFiles(place, [path], { format: 'RawBLOB', structure: 'content String' });
    const rows = await shard.query<{ hash: string }>(sql('prove-lake', { source, settings: READ_SETTINGS })).catch((cause: unknown) => {
      if (!(cause instanceof Error) || (!isTableError(cause) && !isRefused(cause))) throw cause;
      throw unreadableLake({ ...facts, cause });
    });
    if (rows.length === 1 && rows[0]?.hash === hash) return;
    throw new TailraceError('LAKE_UNREADABLE', `${engine} finds another ${path} in ${facts.lake} than this process wrote`);
  }

  async #send(input: string, paths: readonly string[], structure: string): Promise<SqlSource> {
    const name = quoteCh(input);
    await this.#engine.exec(sql('create-input', { input: name, columns: structure }));
    for (const path of paths) {
      const bytes = await this.#bytes(path);
      await onShards(this.#engine, async (shard) => shard.insertRows?.(sql('fill-input', { input: name }), once(bytes)));
    }
    return { table: `tailrace.${name}`, fileCount: `toUInt64(${paths.length})`, release: () => dropStorage(this.#engine, input) };
  }

  async #fetch(input: string, paths: readonly string[], structure: string): Promise<SqlSource> {
    if (this.#engine.scratch === undefined)
      throw new TailraceError('INTERNAL', 'this engine cannot read the lake by itself, nor receive its files');
    const folder = join(this.#engine.scratch, input);
    for (const path of paths) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), await this.#bytes(path));
    }
    const table = lakeFiles({ kind: 'directory', path: folder }, paths, { format: 'Arrow', structure });
    return { ...found(table), release: () => rm(folder, { recursive: true, force: true }) };
  }

  async #bytes(path: string): Promise<Uint8Array> {
    const bytes = await this.#store.get(path);
    if (bytes === null) throw new MissingObject(path);
    return bytes;
  }
}

function found(table: string): SqlSource {
  // A block has rows of one file. Hashing the path of each row would cost more than to read it.
  return { table, fileCount: 'uniqExactIf(_tr_f._path, rowNumberInBlock() = 0)', release: () => Promise.resolve() };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
