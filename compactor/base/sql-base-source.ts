import type { Readable } from 'node:stream';
import type { TableSchema } from '../../core/table.ts';
import { cloneToRead, discardClone, emptyClone } from '../../warehouse/clone.ts';
import { isSpread, queryAll, shardsOf, sum } from '../../warehouse/cluster/shards.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import { literalCh, qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { CompactorContext } from '../context.ts';
import { copyRows } from '../step/moved.ts';
import { openFiles } from '../step/open-files.ts';
import { isTaken } from '../state/table-error.ts';
import { NO_MARKS_SQL } from '../step/unchanged-columns.ts';
import { chunkFields, chunkStructure } from '../storage/row-sql.ts';
import { ALL_ROWS } from './base-source.ts';
import type { BaseClone, BaseSource, BaseTable, KeyRange, KeyText, RowFacts, RowSum, StoredChunk } from './base-source.ts';
import { chunkColumns, currentRows, nullMarks, orderSql, ROW } from './base-rows.ts';
import { keyTextSql, orderColumns, orderNames, rangeSql, rowHash } from './key-text.ts';

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
    try {
      await cloneToRead(engine, { clone: qualifiedCh('tailrace', name), storage: qualifiedCh('tailrace', table.storage) });
    } catch (error) {
      if (isTaken(error)) await discardClone(engine, name);
      throw error;
    }
    return SqlBaseClone.over(engine, schema, name);
  }

  async confirm(): Promise<void> {
    await this.#context.engine.confirm?.();
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
  readonly #storage: string;

  /** `storage`: name in database tailrace. */
  static async over(engine: Engine, schema: TableSchema, storage: string): Promise<SqlBaseClone> {
    const sizes = await queryAll<{ rows: string; bytes: string }>(
      engine,
      sql('storage-size', { database: literalCh('tailrace'), table: literalCh(storage) }),
    );
    return new SqlBaseClone(engine, { schema, storage, size: { rows: sum(sizes, 'rows'), bytes: sum(sizes, 'bytes') } });
  }

  private constructor(engine: Engine, of: { schema: TableSchema; storage: string; size: BaseClone['size'] }) {
    this.#engine = engine;
    this.#schema = of.schema;
    this.#storage = of.storage;
    this.size = of.size;
  }

  async cut(range: KeyRange, rows: number): Promise<KeyText | null> {
    if (this.#schema.identity === 'full') return this.#cutHashes(range, rows);
    const shards = shardsOf(this.#engine).length;
    let { from } = range;
    // All rows may lie on one shard; then the first look finds a fraction of what is wanted.
    for (let left = rows; ;) {
      const key = await this.#key({ ...range, from }, '', Math.ceil(left / shards) - 1);
      if (key === null || shards === 1) return key;
      left -= await this.#count({ from, to: { key, included: true } });
      if (left <= rows / 2) return key;
      from = { key, included: false };
    }
  }

  async facts(range: KeyRange): Promise<RowFacts> {
    const { ids, marks } = nullMarks(this.#schema);
    const found = await queryAll<{ rows: string; hash: string; marks: number[] }>(
      this.#engine,
      sql('base-facts', { hash: rowHash(this.#schema, ROW), marks, rows: this.#rows(range) }),
    );
    const rows = sum(found, 'rows');
    const hash = found.reduce((total, one) => BigInt.asUintN(64, total + BigInt(one.hash)), 0n);
    const ends = rows === 0 ? null : await this.#ends(range);
    return { rows, hash, ends, nulls: ids.filter((_, index) => found.some((one) => one.marks[index] === 1)) };
  }

  count(): Promise<number> {
    return this.#count(ALL_ROWS);
  }

  async *rows(range: KeyRange): AsyncIterable<Uint8Array> {
    const schema = this.#schema;
    const rows = isSpread(this.#engine) ? await this.#gathered(range) : this.#rows(range);
    const { body } = await this.#engine.read({
      sql: sql('base-chunk', { columns: chunkColumns(schema), rows, order: orderSql(schema) }),
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

  async drop(): Promise<void> {
    if (isSpread(this.#engine)) await discardClone(this.#engine, this.#together);
    await discardClone(this.#engine, this.#storage);
  }

  #rows(range: KeyRange, storage = this.#storage): string {
    return currentRows(this.#schema, qualifiedCh('tailrace', storage), range);
  }

  async #count(range: KeyRange): Promise<number> {
    return sum(await queryAll<{ rows: string }>(this.#engine, sql('base-count', { rows: this.#rows(range) })), 'rows');
  }

  /** The table of the first shard that has the rows of one chunk: one statement makes a file. */
  get #together(): string {
    return `${this.#storage}_chunk`;
  }

  async #gathered(range: KeyRange): Promise<string> {
    const [table, into] = [this.#storage, this.#together];
    await emptyClone(this.#engine, { clone: qualifiedCh('tailrace', into), storage: qualifiedCh('tailrace', table) });
    const condition = rangeSql(orderColumns(this.#schema), range, quoteCh(table));
    for (const from of shardsOf(this.#engine)) await copyRows({ from, to: this.#engine }, { table, into, condition });
    return this.#rows(ALL_ROWS, into);
  }

  async #ends(range: KeyRange): Promise<RowFacts['ends']> {
    if (this.#schema.identity === 'full') return { min: range.from?.key ?? ['0'], max: range.to?.key ?? [String(HASHES - 1n)] };
    const [min, max] = [await this.#key(range, '', 0), await this.#key(range, ' DESC', 0)];
    return min === null || max === null ? null : { min, max };
  }

  /** Of several shards, the first one of their keys, which the engine can compare. */
  async #key(range: KeyRange, direction: '' | ' DESC', skip: number): Promise<KeyText | null> {
    const columns = orderColumns(this.#schema);
    const [key, order] = [keyTextSql(columns, ROW), orderSql(this.#schema, direction)];
    const found = await queryAll<{ key: string[] }>(
      this.#engine,
      sql('cut-base', { key, rows: this.#rows(range), order, skip: String(skip) }),
    );
    if (found.length < 2) return found[0]?.key ?? null;
    const names = orderNames(this.#schema);
    const rows = found.map((one) => `SELECT ${columns.map(({ value }, at) => `${value(one.key[at] ?? '')} AS ${names[at]}`).join(', ')}`);
    const [first] = await this.#engine.query<{ key: string[] }>(sql('cut-base', { key, rows: rows.join(' UNION ALL '), order, skip: '0' }));
    return first?.key ?? null;
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
