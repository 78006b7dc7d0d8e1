import type { Readable } from 'node:stream';
import type { TableSchema } from '../../core/table.ts';
import { cloneToRead, dropClone } from '../../warehouse/clone.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import { literalCh, qualifiedCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { CompactorContext } from '../context.ts';
import { openFiles } from '../step/open-files.ts';
import { NO_MARKS_SQL } from '../step/unchanged-columns.ts';
import { chunkFields, chunkStructure } from '../storage/row-sql.ts';
import type { BaseClone, BaseSource, BaseTable, KeyRange, KeyText, RowFacts, RowSum, StoredChunk } from './base-source.ts';
import { chunkColumns, currentRows, nullMarks, orderSql, ROW } from './base-rows.ts';
import { keyTextSql, orderColumns, rowHash } from './key-text.ts';

type SourceContext = Pick<CompactorContext, 'engine' | 'lake' | 'lease' | 'log' | 'schemas' | 'store'>;

/** Texts go into a file as text, unless some of them are bytes of any kind. */
const BYTES = new Set(['bytea', 'ewkb']);

const HASHES = 1n << 64n;

/** The engine's part of writing bases, in SQL. */
export class SqlBaseSource implements BaseSource {
  readonly #context: SourceContext;
  #clones = 0;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  async clone(table: BaseTable): Promise<BaseClone> {
    const { engine, schemas, lease } = this.#context;
    const schema = await schemas.get(table.tableId, table.schema);
    this.#clones += 1;
    const name = `clone_${lease}_base_${this.#clones}`;
    const clone = qualifiedCh('tailrace', name);
    await cloneToRead(engine, { clone, storage: qualifiedCh('tailrace', table.storage) });
    return SqlBaseClone.over(engine, { schema, clone, storage: name });
  }

  async readBack(table: BaseTable, chunks: readonly StoredChunk[]): Promise<RowSum> {
    const schema = await this.#context.schemas.get(table.tableId, table.schema);
    const { source } = await openFiles(this.#context, chunks, { structure: chunkStructure(schema), marks: NO_MARKS_SQL, keys: '0' });
    try {
      const rows = sql('rows', { fields: chunkFields(schema), source: source.table, condition: '1' });
      const [found] = await this.#context.engine.query<{ rows: string; hash: string }>(
        sql('read-base', { hash: rowHash(schema, ROW), rows, settings: READ_SETTINGS }),
      );
      return { rows: Number(found?.rows ?? 0), hash: BigInt(found?.hash ?? 0) };
    } finally {
      await source.release();
    }
  }
}

/** Current rows of one table of the engine that no longer changes. */
export class SqlBaseClone implements BaseClone {
  readonly size: BaseClone['size'];
  readonly #engine: Engine;
  readonly #schema: TableSchema;
  readonly #clone: string;

  /** `storage`: name in database tailrace; `clone`: with the database, both in backticks. */
  static async over(
    engine: Engine,
    { schema, clone, storage }: { schema: TableSchema; clone: string; storage: string },
  ): Promise<SqlBaseClone> {
    const [size] = await engine.query<{ rows: string; bytes: string }>(
      sql('storage-size', { database: literalCh('tailrace'), table: literalCh(storage) }),
    );
    return new SqlBaseClone(engine, { schema, clone, size: { rows: Number(size?.rows ?? 0), bytes: Number(size?.bytes ?? 0) } });
  }

  private constructor(engine: Engine, of: { schema: TableSchema; clone: string; size: BaseClone['size'] }) {
    this.#engine = engine;
    this.#schema = of.schema;
    this.#clone = of.clone;
    this.size = of.size;
  }

  cut(range: KeyRange, rows: number): Promise<KeyText | null> {
    return this.#schema.identity === 'full' ? Promise.resolve(this.#cutHashes(range, rows)) : this.#key(range, '', rows - 1);
  }

  async facts(range: KeyRange): Promise<RowFacts> {
    const { ids, marks } = nullMarks(this.#schema);
    const [found] = await this.#engine.query<{ rows: string; hash: string; marks: number[] }>(
      sql('base-facts', { hash: rowHash(this.#schema, ROW), marks, rows: this.#rows(range) }),
    );
    const rows = Number(found?.rows ?? 0);
    const ends = rows === 0 ? null : await this.#ends(range);
    return { rows, hash: BigInt(found?.hash ?? 0), ends, nulls: ids.filter((_, index) => found?.marks[index] === 1) };
  }

  async count(): Promise<number> {
    const rows = this.#rows({ from: null, to: null });
    const [found] = await this.#engine.query<{ rows: string }>(sql('base-count', { rows }));
    return Number(found?.rows ?? 0);
  }

  async *rows(range: KeyRange): AsyncIterable<Uint8Array> {
    const schema = this.#schema;
    const { body } = await this.#engine.read({
      sql: sql('base-chunk', { columns: chunkColumns(schema), rows: this.#rows(range), order: orderSql(schema) }),
      format: 'Arrow',
      settings: {
        output_format_arrow_compression_method: 'zstd',
        output_format_arrow_string_as_string: schema.columns.some(({ type }) => BYTES.has(type.kind)) ? '0' : '1',
        max_threads: '1',
      },
      unhurried: true,
    });
    try {
      yield* body as Readable & AsyncIterable<Uint8Array>;
    } finally {
      body.destroy();
    }
  }

  drop(): Promise<void> {
    return dropClone(this.#engine, this.#clone);
  }

  #rows(range: KeyRange): string {
    return currentRows(this.#schema, this.#clone, range);
  }

  async #ends(range: KeyRange): Promise<RowFacts['ends']> {
    if (this.#schema.identity === 'full') return { min: range.from?.key ?? ['0'], max: range.to?.key ?? [String(HASHES - 1n)] };
    const [min, max] = [await this.#key(range, '', 0), await this.#key(range, ' DESC', 0)];
    return min === null || max === null ? null : { min, max };
  }

  async #key(range: KeyRange, direction: '' | ' DESC', skip: number): Promise<KeyText | null> {
    const key = keyTextSql(orderColumns(this.#schema), ROW);
    const order = orderSql(this.#schema, direction);
    const [found] = await this.#engine.query<{ key: string[] }>(
      sql('cut-base', { key, rows: this.#rows(range), order, skip: String(skip) }),
    );
    return found?.key ?? null;
  }

  /** Hashes are spread evenly, so a share of them is about as large a share of the rows. */
  #cutHashes({ from, to }: KeyRange, rows: number): KeyText | null {
    const begin = BigInt(from?.key[0] ?? 0);
    const end = BigInt(to?.key[0] ?? HASHES - 1n);
    const parts = BigInt(Math.max(1, Math.ceil(this.size.rows / rows)));
    const last = begin + HASHES / parts;
    return last >= end ? null : [String(last)];
  }
}
