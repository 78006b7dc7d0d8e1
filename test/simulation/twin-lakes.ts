import type { TableSchema } from '../../core/table.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { readChunks } from '../../lake/snapshot-log.ts';
import type { LakeWriter } from '../support/lake-writer.ts';
import type { MemoryStore } from '../support/memory-store.ts';
import { encodeChanges, encodeRows } from './model-rows.ts';
import type { Change, ModelRows } from './model-rows.ts';

/** Written by those who read the lake, each for itself. */
const OWN = ['readers/', 'base/', 'sweep/', 'control/'];

/** Texts of a row of the engine's table. */
function rowOf(key: number, value: string | null): { id: string; value: string | null } {
  return { id: String(key), value };
}

/**
 * One lake twice: for an engine, with data as Arrow, and for its model. Both have the same records
 * and the same paths.
 */
export class TwinLakes {
  readonly #lake: LakeWriter;
  readonly #schema: TableSchema;
  /** By path of a data object: what the model has there. */
  readonly #data = new Map<string, Uint8Array>();

  /** The table of `schema` has a text `id`, which is its key, and a text `value`. */
  constructor(lake: LakeWriter, schema: TableSchema) {
    this.#lake = lake;
    this.#schema = schema;
  }

  async copy(lsn: bigint, chunks: readonly ModelRows[]): Promise<void> {
    const rows = chunks.map((chunk) => [...chunk].map(([key, { value }]) => rowOf(key, value)));
    await this.#lake.copy(this.#schema, { generation: 1, lsn }, rows);
    const records = await readChunks(this.#lake.store, { tableId: this.#schema.tableId, generation: 1 }, { after: 0, upTo: chunks.length });
    for (const { n, path } of records) this.#data.set(path, encodeRows(chunks[n - 1] ?? new Map()));
  }

  /** One batch, with a file for each list of changes. */
  async batch(files: readonly (readonly Change[])[]): Promise<void> {
    const entries: FileEntry[] = [];
    let ordinal = 0;
    for (const changes of files.filter(({ length }) => length > 0)) {
      const made = changes.map(({ lsn, key, value }) => {
        ordinal += 1;
        return { op: value === null ? ('D' as const) : ('U' as const), lsn: BigInt(lsn), ordinal, row: rowOf(key, value) };
      });
      const entry = await this.#lake.file(this.#schema, made);
      this.#data.set(entry.path, encodeChanges(changes));
      entries.push(entry);
    }
    await this.#lake.batch(entries);
  }

  /** Brings the model's lake up to date. */
  async mirror(model: MemoryStore): Promise<void> {
    const { store } = this.#lake;
    for await (const { key } of store.list('')) {
      if (OWN.some((prefix) => key.startsWith(prefix))) continue;
      const bytes = this.#data.get(key) ?? (await store.get(key));
      if (bytes !== null) await model.put(key, bytes);
    }
  }
}
