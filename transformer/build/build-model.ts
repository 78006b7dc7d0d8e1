import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { cloneToGrow } from '../../warehouse/clone.ts';
import { literalCh, qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import { settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import { selectColumns } from '../../warehouse/select/select-columns.ts';
import type { ResultColumn } from '../../warehouse/select/select-columns.ts';
import { MODELS_DATABASE, inTouched } from './touched-groups.ts';

type BuildEngine = Pick<Engine, 'exec' | 'query'>;

/** What a build is made from. */
export interface BuildOrder {
  readonly kind: 'table' | 'incremental';
  /** Columns of `@key`; empty: none is declared. */
  readonly key: readonly string[];
  /** The SELECT, reading the freeze of the run. */
  readonly select: string;
  /** Number of the run; versions of rows are made from it. */
  readonly run: number;
  /** Name of the storage that is made. */
  readonly storage: string;
  /** Settings of the statements that read inputs. */
  readonly settings: string;
}

/** A finished storage. */
export interface Build {
  readonly storage: string;
  readonly rows: number;
  /** Touched groups; null for a whole build. */
  readonly touched: number | null;
  /**
   * A SELECT of the rows as they were before rows of one key were folded, when `@key` is not unique
   * in them. null: it is.
   */
  readonly duplicates: string | null;
}

/** Builds a model whole. */
export async function buildWhole(engine: BuildEngine, order: BuildOrder): Promise<Build> {
  const { storage, settings, select } = order;
  const columns = await selectColumns(engine, select);
  const shape = {
    storage: quoteCh(storage),
    columns: columns.map(({ name, type }) => `${quoteCh(name)} ${type}`).join(',\n    '),
    key: keySql(order.key),
    settings: await settingsClause(engine, order.kind === 'table' ? TABLE_SETTINGS.model : TABLE_SETTINGS.incremental),
  };
  if (order.kind === 'table') {
    await engine.exec(sql('create-model-storage', shape));
    await engine.exec(sql('fill-table', { storage: quoteCh(storage), settings, select }));
    return { storage, rows: await storedRows(engine, storage), touched: null, duplicates: null };
  }
  await engine.exec(sql('create-incremental-storage', shape));
  const rows = await addFresh(engine, order, async (version) => {
    const [counted] = await engine.query<{ rows: string; fresh: string }>(sql('count-model-rows', { storage: quoteCh(storage), version }));
    return counted?.rows === counted?.fresh ? Number(counted?.rows ?? 0) : null;
  });
  return { storage, rows: rows ?? 0, touched: null, duplicates: rows === null ? unfolded(order, columns) : null };
}

/** What an incremental build starts from. */
export interface Present {
  readonly storage: string;
  /** Name of the table of touched groups in the database of models. */
  readonly touched: string;
  /** The column of the model in which these groups stand. */
  readonly output: string;
  /** How many rows it shows. */
  readonly rows: number;
}

/** How much an incremental build would do. */
export interface Touched {
  readonly groups: number;
  /** NULL is one of them. */
  readonly nulls: boolean;
  /** Present rows of the model in them. */
  readonly rows: number;
}

/** Writes the touched groups down and counts what lies in them. */
export async function noteTouched(engine: BuildEngine, parts: readonly string[], present: Present): Promise<Touched> {
  await engine.exec(sql('note-touched', { touched: quoteCh(present.touched), parts: parts.join('\nUNION ALL\n') }));
  const [counted] = await engine.query<{ groups: string; nulls: string }>(sql('count-touched', { touched: quoteCh(present.touched) }));
  const nulls = Number(counted?.nulls ?? 0) > 0;
  const touched = inTouched(quoteCh(present.output), { touched: present.touched, nulls });
  return { groups: Number(counted?.groups ?? 0), nulls, rows: await storedRows(engine, present.storage, `FINAL WHERE ${touched}`) };
}

/**
 * Builds the touched groups only: a clone of the present storage gets tombstones of all its rows in
 * them, then the rows of the SELECT, which reads inputs that are filtered to them. A row that moves
 * from one touched group to another has both; the greater version counts.
 */
export async function buildTouched(engine: BuildEngine, order: BuildOrder, present: Present, touched: Touched): Promise<Build> {
  const { storage, settings, run } = order;
  const from = { storage: quoteCh(storage), present: quoteCh(present.storage) };
  const columns = await selectColumns(engine, order.select);
  await cloneToGrow(engine, { clone: qualifiedCh(MODELS_DATABASE, storage), storage: qualifiedCh(MODELS_DATABASE, present.storage) });
  const condition = inTouched(quoteCh(present.output), { touched: present.touched, nulls: touched.nulls });
  await engine.exec(sql('bury-touched', { ...from, settings, version: String(2 * run), touched: condition }));
  const rows = await addFresh(engine, order, async (version) => {
    const [counted] = await engine.query<{ fresh: string; keys: string; taken: string }>(
      sql('count-fresh', { ...from, version, key: order.key.map(quoteCh).join(', '), touched: condition }),
    );
    const unique = counted?.fresh === counted?.keys && counted?.taken === '0';
    return unique ? present.rows - touched.rows + Number(counted?.fresh ?? 0) : null;
  });
  return { storage, rows: rows ?? 0, touched: touched.groups, duplicates: rows === null ? unfolded(order, columns) : null };
}

/** The order by which a storage is sorted. */
function keySql(key: readonly string[]): string {
  return key.length === 0 ? 'tuple()' : `(${key.map(quoteCh).join(', ')})`;
}

/**
 * Adds the rows of the SELECT, and returns what `count` says of their version: how many rows the
 * storage has, or null when two rows have one key. A merge would hide that, so none runs before.
 */
async function addFresh(
  engine: BuildEngine,
  { storage, settings, select, run }: BuildOrder,
  count: (version: string) => Promise<number | null>,
): Promise<number | null> {
  const version = String(2 * run + 1);
  await engine.exec(sql('merges', { order: 'STOP', storage: quoteCh(storage) }));
  await engine.exec(sql('fill-incremental', { storage: quoteCh(storage), settings, version, select }));
  const rows = await count(version);
  if (rows === null) return null;
  await engine.exec(sql('merges', { order: 'START', storage: quoteCh(storage) }));
  await clean(engine, storage, rows);
  return rows;
}

/** The rows of a build before those of one key are folded. */
function unfolded({ storage, key, run }: BuildOrder, columns: readonly ResultColumn[]): string {
  const names = columns.map(({ name }) => quoteCh(name)).join(', ');
  return sql('unfolded-rows', {
    storage: quoteCh(storage),
    columns: names,
    key: key.map(quoteCh).join(', '),
    version: String(2 * run + 1),
  });
}

/**
 * Parts that a storage may have: each build adds two, and not all are merged before the next clone.
 */
const MOST_PARTS = 60;
/** Rows that it may keep beside twice those that it shows. */
const SPARE_ROWS = 100_000;

/** Removes what many builds have left in a storage, before anybody reads it. */
async function clean(engine: BuildEngine, storage: string, rows: number): Promise<void> {
  const [found] = await engine.query<{ stored: string; parts: string }>(sql('stored-parts', { storage: literalCh(storage) }));
  if (Number(found?.stored ?? 0) <= 2 * rows + SPARE_ROWS && Number(found?.parts ?? 0) <= MOST_PARTS) return;
  await engine.exec(sql('clean-model', { storage: quoteCh(storage) }));
}

async function storedRows(engine: BuildEngine, storage: string, final = ''): Promise<number> {
  const [counted] = await engine.query<{ rows: string }>(sql('count-rows', { table: `${qualifiedCh(MODELS_DATABASE, storage)} ${final}` }));
  return Number(counted?.rows ?? 0);
}
