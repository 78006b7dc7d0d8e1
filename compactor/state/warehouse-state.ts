import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TablePosition } from '../../lake/readers.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { createDatabaseSql } from '../../warehouse/cluster/create-database.ts';
import { replicated, SHARD_DATABASE } from '../../warehouse/cluster/shards.ts';
import { Lane } from '../../warehouse/lane.ts';
import { arrayLiteralCh, literalCh, timeCh } from '../../warehouse/names.ts';
import { settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import { NO_FRONT, front } from './front.ts';
import type { Front } from './front.ts';
import { freeze, frozenFacts } from './freeze.ts';
import type { Freeze } from './freeze.ts';
import { compareGenerations, generation, generationKey } from './generation.ts';
import type { Generation } from './generation.ts';
import { MIGRATIONS, storageVersion } from './storage-version.ts';
import type { Migration, StorageVersion } from './storage-version.ts';

/** Tables with the settings of state. */
const STATE_TABLES = ['create-meta', 'create-generations', 'create-freezes', 'create-tables'];

/** Views of them. */
const SHOWN = ['create-models', 'create-freshness', 'create-complete-until'];

/** Histories for people. */
const HISTORIES = ['create-freshness-history', 'create-windows', 'create-quality'];

/** The fact with the held freezes. */
const HELD = 'heldFreezes';

/**
 * What the compactor must know to resume after a crash. It is kept in the warehouse itself, so that
 * a restored warehouse has the state that belongs to its rows. Each save is one insert of one
 * block: all of it or nothing.
 */
export class WarehouseState {
  readonly #engine: Pick<Engine, 'exec' | 'query'>;
  readonly #guard: () => Promise<void>;
  readonly #fence: string | null;
  readonly #meta: Map<string, string>;
  readonly #generations: Map<string, Generation>;
  readonly #saves = new Lane(['only']);
  readonly #freezes: Map<string, Freeze>;
  /** The version of its storage, as it was opened. */
  readonly storage: StorageVersion;
  /** Sorted; null after a generation was saved. */
  #sorted: readonly Generation[] | null = null;
  #front: Front;
  #seq: bigint;

  /**
   * `guard` runs before each save and throws when this compactor has lost the warehouse.
   * `fence`: a scalar that each save evaluates, which throws in that case too; null when no other
   * process can own the warehouse. WAREHOUSE_TOO_NEW when a later version has written it.
   */
  static async open(
    engine: Pick<Engine, 'exec' | 'query' | 'shards' | 'traits'>,
    guard: () => Promise<void>,
    {
      fence = null,
      migrations = MIGRATIONS,
    }: { readonly fence?: string | null; readonly migrations?: readonly Migration[] | undefined } = {},
  ): Promise<WarehouseState> {
    await engine.exec(createDatabaseSql(engine, 'tailrace'));
    if ((engine.shards?.length ?? 1) > 1) await engine.exec(createDatabaseSql(engine, SHARD_DATABASE));
    const settings = await settingsClause(engine, TABLE_SETTINGS.state);
    const kept = { replicated: replicated(engine) };
    for (const table of STATE_TABLES) await engine.exec(sql(table, { ...kept, settings }));
    await engine.exec(sql('create-model-records', { settings }));
    const meta = await engine.query<{ key: string; value: string; seq: string }>(sql('read-meta'));
    const facts = new Map(meta.map(({ key, value }) => [key, value]));
    const storage = storageVersion(facts, migrations);
    for (const table of HISTORIES) await engine.exec(sql(table, kept));
    for (const view of SHOWN) await engine.exec(sql(view));
    for (const { run } of storage.due) await run?.(engine);
    const rows = await engine.query<{ record: string; seq: string }>(sql('read-generations'));
    const tables = await engine.query<{ seq: string }>(sql('last-table-seq'));
    const frozen = await engine.query<{ record: string; seq: string }>(sql('read-freezes'));
    const generations = rows.map(({ record }) => parseRecord(generation, record));
    const held = meta.find(({ key }) => key === HELD)?.value ?? '[]';
    const freezes = [...frozen.map(({ record }) => parseRecord(freeze, record)), ...parseRecord(z.array(freeze), held)];
    const seq = [...meta, ...rows, ...tables, ...frozen].reduce((most, row) => (BigInt(row.seq) > most ? BigInt(row.seq) : most), 0n);
    return new WarehouseState({ engine, guard, fence, meta: facts, storage, generations, freezes, seq });
  }

  private constructor(from: {
    engine: Pick<Engine, 'exec' | 'query'>;
    guard: () => Promise<void>;
    fence: string | null;
    meta: Map<string, string>;
    storage: StorageVersion;
    generations: Generation[];
    freezes: Freeze[];
    seq: bigint;
  }) {
    this.#engine = from.engine;
    this.#guard = from.guard;
    this.#fence = from.fence;
    this.#meta = from.meta;
    this.storage = from.storage;
    this.#generations = new Map(from.generations.map((one) => [generationKey(one), one]));
    this.#freezes = new Map(from.freezes.map((one) => [one.name, one]));
    this.#seq = from.seq;
    const stored = from.meta.get('front');
    this.#front = stored === undefined ? NO_FRONT : parseRecord(front, stored);
  }

  /** A single fact that was saved under this key; null: none was. */
  fact(key: string): string | null {
    return this.#meta.get(key) ?? null;
  }

  get front(): Front {
    return this.#front;
  }

  /** Number of rebuilds. Generations of earlier ones only serve readers until they are replaced. */
  get rebuild(): number {
    return Number(this.fact('rebuild') ?? 0);
  }

  /** The rebuild uses no copies of epochs before this one. */
  get rebuildFrom(): number {
    return Number(this.fact('rebuildFrom') ?? 0);
  }

  /** Oldest first. */
  generations(): readonly Generation[] {
    this.#sorted ??= [...this.#generations.values()].toSorted(compareGenerations);
    return this.#sorted;
  }

  /** The saved record of a generation; the given one when none is saved. */
  newest(one: Generation): Generation {
    return this.#generations.get(generationKey(one)) ?? one;
  }

  /** By name; also those that are dropped, except held ones. */
  freezes(): readonly Freeze[] {
    return [...this.#freezes.values()];
  }

  /** All facts, by key. */
  get facts(): ReadonlyMap<string, string> {
    return this.#meta;
  }

  async saveFact(key: string, value: string): Promise<void> {
    await this.saveFacts(new Map([[key, value]]));
  }

  async saveFacts(facts: ReadonlyMap<string, string>): Promise<void> {
    if (facts.size === 0) return;
    await this.#insert(
      'meta (key, value, seq)',
      [...facts].map(([key, value]) => [literalCh(key), literalCh(value)]),
    );
    for (const [key, value] of facts) this.#meta.set(key, value);
  }

  /** `facts`: others that belong to this front; all of them are saved, or none is. */
  async saveFront(value: Front, facts: ReadonlyMap<string, string> = new Map()): Promise<void> {
    await this.saveFacts(new Map([['front', JSON.stringify(z.encode(front, value))], ...facts]));
    this.#front = value;
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
        literalCh(JSON.stringify(z.encode(generation, one))),
      ]),
    );
    for (const one of generations) this.#generations.set(generationKey(one), one);
    this.#sorted = null;
  }

  async saveFreeze(one: Freeze): Promise<void> {
    if (one.held !== undefined) return this.#saveHeld(one);
    const { databases, tables } = frozenFacts(one);
    await this.#insert('freezes (name, state, lsn, as_of, databases, tables, record, seq)', [
      [
        literalCh(one.name),
        literalCh(one.state),
        literalCh(one.lsn),
        one.asOf === null ? 'NULL' : timeCh(one.asOf, 6),
        arrayLiteralCh(databases),
        arrayLiteralCh(tables),
        literalCh(JSON.stringify(one)),
      ],
    ]);
    this.#freezes.set(one.name, one);
  }

  /** There is a new name for each, so those that are alive are one fact. */
  async #saveHeld(one: Freeze): Promise<void> {
    const others = this.freezes().filter(({ name, held }) => held !== undefined && name !== one.name);
    const alive = one.state === 'dropped' ? others : [...others, one];
    await this.saveFact(HELD, JSON.stringify(alive));
    if (one.state === 'dropped') this.#freezes.delete(one.name);
    else this.#freezes.set(one.name, one);
  }

  /**
   * Saves rows of tailrace.freshness that changed. `gone`: names that no table of the source has.
   */
  async saveTables(tables: readonly TablePosition[], gone: readonly string[]): Promise<void> {
    const rows = [...tables.map((table) => tableRow(table)), ...gone.map(goneRow)];
    if (rows.length === 0) return;
    const columns = 'table, table_id, generation, state, append_only, applied_lsn, as_of, error_code, error_message, error_at, gone, seq';
    await this.#insert(`tables (${columns})`, rows);
  }

  /** One after the other: the row with the greatest number counts, so it must be the last one. */
  #insert(target: string, rows: readonly (readonly string[])[]): Promise<void> {
    return this.#saves.run(() => this.#insertNow(target, rows));
  }

  async #insertNow(target: string, rows: readonly (readonly string[])[]): Promise<void> {
    await this.#guard();
    this.#seq += 1n;
    // A statement is one block, so a fence in its first row guards all rows.
    const seq = (index: number): string => (index === 0 && this.#fence !== null ? `${this.#seq} + ${this.#fence}` : String(this.#seq));
    const values = rows.map((row, index) => `(${[...row, seq(index)].join(', ')})`).join(', ');
    await this.#engine.exec(sql('save-state', { target, rows: values }));
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
    live || table.asOf === null ? 'NULL' : timeCh(table.asOf, 6),
    literalCh(table.error?.code ?? ''),
    literalCh(table.error?.message ?? ''),
    table.error === null ? 'NULL' : timeCh(table.error.at, 3),
    'false',
  ];
}

function goneRow(table: string): string[] {
  return [literalCh(table), `''`, '0', `'dropped'`, 'false', `''`, 'NULL', `''`, `''`, 'NULL', 'true'];
}

function parseRecord<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new TailraceError('INTERNAL', `the state in the warehouse cannot be read: ${parsed.error.issues[0]?.path.join('.')}`, {
    hint: 'Run `tailrace rebuild`.',
  });
}
