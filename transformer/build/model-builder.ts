import { TailraceError } from '../../core/errors.ts';
import type { TakenFreeze } from '../../lake/held-freeze.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { qualifiedCh, quoteCh, warehouseDatabase } from '../../warehouse/names.ts';
import { selectColumns } from '../../warehouse/select/select-columns.ts';
import { renameDatabases } from '../../warehouse/select/select-tables.ts';
import { sourceTable } from '../folder/databases.ts';
import type { Model } from '../folder/model.ts';
import type { ModelRecord, ShownModel } from '../state/model-record.ts';
import { buildTouched, buildWhole, noteTouched } from './build-model.ts';
import type { Build } from './build-model.ts';
import { chooseMode, isTooMuch } from './choose-mode.ts';
import type { InputNow, Mode } from './choose-mode.ts';
import { readsOf } from './reads.ts';
import type { Reads } from './reads.ts';
import type { RunViews } from './run-views.ts';
import { MODELS_DATABASE, inTouched, readsKeyOnly, touchedParts } from './touched-groups.ts';
import type { FollowedInput } from './touched-groups.ts';

/** What one run builds with. */
export interface RunScope {
  readonly engine: Pick<Engine, 'exec' | 'query'>;
  readonly run: number;
  readonly freeze: TakenFreeze;
  readonly views: RunViews;
  /** Models of the folder, by id. */
  readonly models: ReadonlyMap<string, Model>;
  /** Functions with an answer that is not fixed, in lower case. */
  readonly unrepeatable: ReadonlySet<string>;
  /** Settings of the statements that build. */
  readonly settings: string;
  /** What this run reads of a stored model; null: it was never published. */
  shownOf(model: string): ShownModel | null;
}

/** A model that was built, and not yet tested. */
export interface Built {
  readonly mode: Mode['mode'];
  /** Why it was built whole; null: it was not. */
  readonly why: string | null;
  readonly touched: number | null;
  /** See Build. */
  readonly duplicates: string | null;
  /** What it shows once it is published. */
  readonly shown: ShownModel;
}

/** Builds one model of a run. */
export class ModelBuilder {
  readonly #scope: RunScope;
  readonly #model: Model;
  readonly #index: number;
  readonly #reads: Reads;

  /** `index`: its place in the run. */
  constructor(scope: RunScope, model: Model, index: number) {
    this.#scope = scope;
    this.#model = model;
    this.#index = index;
    this.#reads = readsOf(model, scope.models);
  }

  /** The select as its tests and readers in the run see it. */
  select(): string {
    return renameDatabases(this.#model.select, this.#model.tables, ({ database }) => this.#scope.views.databaseOf(database));
  }

  /**
   * Builds the model beside what is shown. `whole`: in full. Errors: TABLE_NOT_LIVE when a table of
   * the source cannot be read, WAREHOUSE_QUERY when the engine refuses.
   */
  async build(record: ModelRecord | null, { whole, suffix = '' }: { whole: boolean; suffix?: string }): Promise<Built> {
    const { freeze } = this.#scope;
    const missing = this.#reads.tables.find((table) => !freeze.tables.includes(table));
    if (missing !== undefined) {
      const state = freeze.leftOut.find(({ table }) => table === missing)?.state ?? 'not live';
      throw new TailraceError('TABLE_NOT_LIVE', `${missing} is ${state}`);
    }
    const shown = record?.shown ?? null;
    const tables = await this.#tables(shown);
    const choice = chooseMode({
      kind: this.#model.kind,
      hash: this.#model.hash,
      shown,
      whole,
      repeatable: !this.#usesUnrepeatable(),
      tables,
      followed: this.#reads.followed,
      models: this.#stored(),
    });
    if (choice.mode === 'view') return this.#view();
    if (choice.mode === 'unchanged' && shown !== null) return this.#still(shown, tables);
    const storage = `r${this.#scope.run}_${this.#index}${suffix}`;
    if (choice.mode === 'incremental' && shown !== null) {
      const built = await this.#incremental(shown, tables, storage);
      if (typeof built !== 'string') return this.#built({ mode: 'incremental' }, built, tables);
      return this.#whole({ mode: 'full', why: built }, tables, storage);
    }
    return this.#whole(choice, tables, storage);
  }

  async #whole(choice: Mode, tables: readonly InputNow[], storage: string): Promise<Built> {
    return this.#built(choice, await buildWhole(this.#scope.engine, { ...this.#order(storage), select: this.select() }), tables);
  }

  /** A finished incremental build, or why it cannot be one. */
  async #incremental(shown: ShownModel, tables: readonly InputNow[], storage: string): Promise<Build | string> {
    const { engine, views } = this.#scope;
    const [by] = this.#model.by;
    if (shown.storage === null || by === undefined) return 'there are no rows to start from';
    const parts: string[] = [];
    for (const input of tables.filter(({ changed }) => changed)) {
      for (const follow of this.#model.by.filter((line) => line.input === input.table)) {
        const found = touchedParts(await this.#followed(input, follow.expression, shown));
        if (found === null) return `the earlier rows of ${input.table} were not kept`;
        parts.push(...found);
      }
    }
    const present = { storage: shown.storage, touched: `${storage}_touched`, output: by.output, rows: shown.rows ?? 0 };
    const touched = await noteTouched(engine, parts, present);
    if (isTooMuch(touched, shown.rows ?? 0)) return 'more than a fifth of the rows is touched';
    for (const { database, name } of this.#model.tables) {
      const lines = this.#model.by.filter((line) => line.input === this.#idOf(database, name));
      const within = lines.map(({ expression }) => inTouched(expression, { touched: present.touched, nulls: touched.nulls }));
      const input = qualifiedCh(views.databaseOf(database), name);
      await views.show(
        views.filteredDatabaseOf(this.#index, database),
        name,
        sql('filtered-input', { input, touched: within.length === 0 ? 'true' : within.join(' OR ') }),
      );
    }
    const select = renameDatabases(this.#model.select, this.#model.tables, ({ database }) =>
      views.filteredDatabaseOf(this.#index, database),
    );
    return buildTouched(engine, { ...this.#order(storage), select }, present, touched);
  }

  async #followed(input: InputNow, expression: string, shown: ShownModel): Promise<FollowedInput> {
    const { freeze, views } = this.#scope;
    const { database, name } = this.#placeOf(input.table);
    const key = freeze.inputs.find(({ table }) => table === input.table)?.key ?? [];
    const columns = await views.columnsOf(views.databaseOf(database), name);
    const before = shown.freeze === null ? null : { database: warehouseDatabase(`${shown.freeze}_${database}`), name };
    const kept = before !== null && (await views.columnsOf(before.database, name)).length > 0;
    return {
      expression,
      rows: qualifiedCh(freeze.name, input.table),
      since: shown.version,
      key: input.identity === 'append' ? [] : key,
      columns,
      before: kept ? qualifiedCh(before.database, name) : null,
    };
  }

  async #tables(shown: ShownModel | null): Promise<InputNow[]> {
    const { engine, freeze } = this.#scope;
    const found: InputNow[] = [];
    for (const table of this.#reads.tables) {
      const input = freeze.inputs.find((one) => one.table === table);
      if (input === undefined) continue;
      const { generation, schemaHash, cleaned, identity } = input;
      const changed =
        shown === null ||
        (await engine.query(sql('has-changed', { rows: qualifiedCh(freeze.name, table), version: shown.version }))).length > 0;
      found.push({ table, generation, schemaHash, cleaned, identity, changed });
    }
    return found;
  }

  #stored(): (ShownModel & { model: string })[] {
    return this.#reads.stored.map((model) => {
      const shown = this.#scope.shownOf(model);
      if (shown === null) throw new TailraceError('TABLE_NOT_LIVE', `the model ${model} has never been published`);
      return { ...shown, model };
    });
  }

  async #view(): Promise<Built> {
    const columns = await selectColumns(this.#scope.engine, this.select());
    const shown = { ...this.#seen([]), storage: null, select: this.#model.select, columns: columns.map(({ name }) => name), rows: null };
    return { mode: 'view', why: null, touched: null, duplicates: null, shown };
  }

  /** Nothing changed, so the rows that are shown are those of this freeze too. */
  async #still(shown: ShownModel, tables: readonly InputNow[]): Promise<Built> {
    const { built, storage, select, columns, rows } = shown;
    const now = { ...shown, ...this.#seen(tables), ...(await this.#kept(tables)), built, storage, select, columns, rows };
    return { mode: 'unchanged', why: null, touched: null, duplicates: null, shown: now };
  }

  async #built(choice: Mode, build: Build, tables: readonly InputNow[]): Promise<Built> {
    const { views } = this.#scope;
    const own = new Set(['_tr_version', '_tr_deleted']);
    const columns = (await views.columnsOf(MODELS_DATABASE, build.storage)).filter((name) => !own.has(name));
    const final = this.#model.kind === 'incremental' ? ' FINAL' : '';
    const select = `SELECT ${columns.map(quoteCh).join(', ')} FROM ${qualifiedCh(MODELS_DATABASE, build.storage)}${final}`;
    const shown = { ...this.#seen(tables), ...(await this.#kept(tables)), storage: build.storage, select, columns, rows: build.rows };
    return {
      mode: choice.mode,
      why: choice.mode === 'full' ? choice.why : null,
      touched: build.touched,
      duplicates: build.duplicates,
      shown,
    };
  }

  /** The tables of this freeze of which the next incremental build needs the images. */
  async #kept(tables: readonly InputNow[]): Promise<Pick<ShownModel, 'freeze' | 'kept'>> {
    const { freeze, views } = this.#scope;
    if (this.#model.kind !== 'incremental') return { freeze: null, kept: [] };
    const kept = new Set<string>();
    for (const { table, identity } of tables) {
      const { database, name } = this.#placeOf(table);
      const key = freeze.inputs.find((one) => one.table === table)?.key ?? [];
      const columns = await views.columnsOf(views.databaseOf(database), name);
      const lines = this.#model.by.filter(({ input }) => input === table);
      if (identity === 'key' && lines.some(({ expression }) => !readsKeyOnly({ expression, key, columns }))) kept.add(table);
    }
    return { freeze: kept.size === 0 ? null : freeze.name, kept: [...kept] };
  }

  #seen(tables: readonly InputNow[]): Omit<ShownModel, 'storage' | 'select' | 'columns' | 'rows'> {
    const { freeze, run } = this.#scope;
    // It is no fresher than a model that it reads as it was shown before.
    const [{ lsn, asOf, manifest }] = [freeze, ...this.#stored()].toSorted((a, b) => a.manifest - b.manifest) as [TakenFreeze];
    return {
      kind: this.#model.kind,
      hash: this.#model.hash,
      built: run,
      lsn,
      asOf,
      manifest,
      version: freeze.version,
      tables: tables.map(({ table, generation, schemaHash, cleaned }) => ({ table, generation, schemaHash, cleaned })),
      models: this.#stored().map(({ model, built }) => ({ model, built })),
      freeze: null,
      kept: [],
    };
  }

  #order(storage: string): { kind: 'table' | 'incremental'; key: readonly string[]; run: number; storage: string; settings: string } {
    const { run, settings } = this.#scope;
    return { kind: this.#model.kind === 'incremental' ? 'incremental' : 'table', key: this.#model.key, run, storage, settings };
  }

  #usesUnrepeatable(): boolean {
    return [...this.#model.select.toLowerCase().matchAll(/[a-z_]\w*(?=\s*\()/g)].some(([name]) => this.#scope.unrepeatable.has(name));
  }

  #idOf(database: string, name: string): string | undefined {
    return this.#model.inputs[this.#model.tables.findIndex((table) => table.database === database && table.name === name)];
  }

  #placeOf(id: string): { database: string; name: string } {
    const direct = this.#model.tables[this.#model.inputs.indexOf(id)];
    if (direct !== undefined) return direct;
    return sourceTable(id);
  }
}
