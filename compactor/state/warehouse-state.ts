import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import { lsnText } from '../../lake/manifest.ts';
import type { TablePosition } from '../../lake/readers.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, quoteCh } from '../../warehouse/names.ts';
import { compareGenerations, generation, generationKey } from './generation.ts';
import type { Generation } from './generation.ts';

/**
 * How far all live tables have come: every batch up to `manifest`, and of the next one the commits
 * below `lsn` ('0/0': none). By `hash` and `points` the history of the lake is known again.
 */
const front = z.object({
  manifest: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  lsn: lsnText,
  /** everything below is applied */
  appliedLsn: lsnText,
  /** greatest commit time at or below appliedLsn */
  asOf: z.string().nullable(),
  /** of the manifest; absent: an older program saved it */
  hash: z.string().optional(),
  /** where each epoch began, by its number, as far as it was applied */
  points: z.record(z.string(), lsnText).default({}),
});
export type Front = z.infer<typeof front>;

export const NO_LSN = '0/0';
const NO_FRONT: Front = { manifest: 0, epoch: 0, lsn: NO_LSN, appliedLsn: NO_LSN, asOf: null, points: {} };

const STATE_TABLES = [
  'create-meta',
  'create-generations',
  'create-tables',
  'create-freshness',
  'create-freshness-history',
  'create-complete-until',
  'create-windows',
  'create-quality',
];

/**
 * What the compactor must know to go on after a crash, kept in the warehouse itself, so that it is
 * as old as the rows are. Each save is one insert of one block: all of it or nothing.
 */
export class WarehouseState {
  readonly #engine: Engine;
  readonly #guard: () => Promise<void>;
  readonly #fence: string | null;
  readonly #meta: Map<string, string>;
  readonly #generations: Map<string, Generation>;
  /** In order, until one is saved. */
  #sorted: readonly Generation[] | null = null;
  #seq: bigint;

  /**
   * `guard` runs before each save and throws when this compactor has lost the warehouse.
   * `fence`: a scalar that each save evaluates, which throws in that case too; null where nobody
   * else can own it.
   */
  static async open(engine: Engine, guard: () => Promise<void>, fence: string | null = null): Promise<WarehouseState> {
    await engine.exec(sql('create-database', { database: quoteCh('tailrace') }));
    for (const table of STATE_TABLES) await engine.exec(sql(table));
    const meta = await engine.query<{ key: string; value: string; seq: string }>('SELECT key, value, seq FROM tailrace.meta FINAL');
    const rows = await engine.query<{ record: string; seq: string }>('SELECT record, seq FROM tailrace.generations FINAL');
    const tables = await engine.query<{ seq: string }>('SELECT max(seq) AS seq FROM tailrace.tables');
    const generations = rows.map(({ record }) => parseRecord(generation, record));
    const seq = [...meta, ...rows, ...tables].reduce((most, row) => (BigInt(row.seq) > most ? BigInt(row.seq) : most), 0n);
    return new WarehouseState({ engine, guard, fence, meta: new Map(meta.map(({ key, value }) => [key, value])), generations, seq });
  }

  private constructor(from: {
    engine: Engine;
    guard: () => Promise<void>;
    fence: string | null;
    meta: Map<string, string>;
    generations: Generation[];
    seq: bigint;
  }) {
    this.#engine = from.engine;
    this.#guard = from.guard;
    this.#fence = from.fence;
    this.#meta = from.meta;
    this.#generations = new Map(from.generations.map((one) => [generationKey(one), one]));
    this.#seq = from.seq;
  }

  fact(key: string): string | null {
    return this.#meta.get(key) ?? null;
  }

  get front(): Front {
    const value = this.fact('front');
    return value === null ? NO_FRONT : parseRecord(front, value);
  }

  /** Number of rebuilds; generations of earlier ones only serve readers until they are replaced. */
  get rebuild(): number {
    return Number(this.fact('rebuild') ?? 0);
  }

  /** Copies of earlier epochs than this one are of no use to the rebuild. */
  get rebuildFrom(): number {
    return Number(this.fact('rebuildFrom') ?? 0);
  }

  /** Oldest first. */
  generations(): readonly Generation[] {
    this.#sorted ??= [...this.#generations.values()].toSorted(compareGenerations);
    return this.#sorted;
  }

  /** What is saved of a generation; the one given when nothing is. */
  newest(one: Generation): Generation {
    return this.#generations.get(generationKey(one)) ?? one;
  }

  async saveFact(key: string, value: string): Promise<void> {
    await this.#insert('meta (key, value, seq)', [[literalCh(key), literalCh(value)]]);
    this.#meta.set(key, value);
  }

  async saveFront(value: Front): Promise<void> {
    await this.saveFact('front', JSON.stringify(value));
  }

  async save(...generations: readonly Generation[]): Promise<void> {
    if (generations.length === 0) return;
    await this.#insert(
      'generations (table_id, rebuild, generation, table, state, storage, record, seq)',
      generations.map((one) => [
        literalCh(one.tableId),
        String(one.rebuild),
        String(one.generation),
        literalCh(qualifiedName(one.schema, one.name)),
        literalCh(one.state),
        literalCh(one.storage),
        literalCh(JSON.stringify(one)),
      ]),
    );
    for (const one of generations) this.#generations.set(generationKey(one), one);
    this.#sorted = null;
  }

  /** Rows of tailrace.freshness that changed; `gone` names no table of the source any more. */
  async saveTables(tables: readonly TablePosition[], gone: readonly string[]): Promise<void> {
    const rows = [...tables.map((table) => tableRow(table)), ...gone.map(goneRow)];
    if (rows.length === 0) return;
    const columns = 'table, table_id, generation, state, append_only, applied_lsn, as_of, error_code, error_message, error_at, gone, seq';
    await this.#insert(`tables (${columns})`, rows);
  }

  async #insert(target: string, rows: readonly (readonly string[])[]): Promise<void> {
    await this.#guard();
    this.#seq += 1n;
    // A statement is one block, so a fence in its first row is one for all of them.
    const seq = (index: number): string => (index === 0 && this.#fence !== null ? `${this.#seq} + ${this.#fence}` : String(this.#seq));
    const values = rows.map((row, index) => `(${[...row, seq(index)].join(', ')})`).join(', ');
    await this.#engine.exec(`INSERT INTO tailrace.${target} SETTINGS async_insert = 0 VALUES ${values}`);
  }
}

function tableRow(table: TablePosition): string[] {
  const live = table.state === 'live';
  return [
    literalCh(table.table),
    literalCh(table.tableId),
    String(table.generation),
    literalCh(table.state),
    String(table.appendOnly),
    literalCh(live ? '' : (table.appliedLsn ?? '')),
    live || table.asOf === null ? 'NULL' : timeSql(table.asOf, 6),
    literalCh(table.error?.code ?? ''),
    literalCh(table.error?.message ?? ''),
    table.error === null ? 'NULL' : timeSql(table.error.at, 3),
    'false',
  ];
}

function goneRow(table: string): string[] {
  return [literalCh(table), `''`, '0', `'dropped'`, 'false', `''`, 'NULL', `''`, `''`, 'NULL', 'true'];
}

function timeSql(iso: string, digits: number): string {
  return `parseDateTime64BestEffort(${literalCh(iso)}, ${digits}, 'UTC')`;
}

function parseRecord<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new TailraceError('INTERNAL', `the state in the warehouse cannot be read: ${parsed.error.issues[0]?.path.join('.')}`, {
    hint: 'Run `tailrace rebuild`.',
  });
}
