import { TailraceError, withoutCode } from '../../core/errors.ts';
import { badModel } from '../../core/sql-header.ts';
import { qualifiedName } from '../../core/table.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import { selectColumns, specialFunctions } from '../../warehouse/select/select-columns.ts';
import type { ResultColumn, SpecialFunctions } from '../../warehouse/select/select-columns.ts';
import { standIn } from '../../warehouse/select/stand-in.ts';
import { idOf, isOurs } from './databases.ts';
import { judgeFollows } from './judge-follows.ts';
import type { NamedTable, TestFile } from './model.ts';
import { columnsOf } from './model-test.ts';
import type { ReadModel } from './read-model.ts';

/** What is known about the warehouse in which the models will stand. */
export interface FolderContext {
  /** Databases that show schemas of the source; none: they are not known yet. */
  readonly databases: readonly string[];
  /** Whether a table of the source will be there later: its readers are not analyzed yet. */
  readonly isComing?: (table: NamedTable) => boolean;
  /** A SELECT that the engine refuses is bad input at the start; later its model fails. */
  readonly atStart?: boolean;
}

/** A text with the tables that it reads and its place. */
interface Text {
  readonly path: string;
  readonly line: number;
  readonly select: string;
  readonly tables: readonly NamedTable[];
}

/**
 * Judges models, in topological order, by what their SELECTs return. BAD_MODEL for: tables that
 * are none of the source and no model, columns that are not there, functions that an incremental
 * model must not call.
 */
export async function judgeModels(
  models: readonly ReadModel[],
  tests: readonly (TestFile & { readonly path: string })[],
  engine: Pick<Engine, 'query'>,
  context: FolderContext,
): Promise<void> {
  const special = await specialFunctions(engine);
  const judge = new Judge(models, engine, context);
  for (const model of models) {
    const columns = await judge.columnsOf({ ...model, line: model.lines.select });
    judge.know(model.id, columns);
    if (columns !== null)
      judgeColumns(
        model,
        columns.map(({ name }) => name),
      );
    if (model.kind === 'incremental') {
      judgeFunctions(model, models, special);
      await judgeFollows(model, { special, engine, columnsOf: (text) => judge.columnsOf(text) });
    }
  }
  for (const model of models) await judge.references(model);
  for (const test of tests) if (test.select !== null) await judge.columnsOf({ ...test, line: 1 });
}

class Judge {
  readonly #models: ReadonlyMap<string, ReadModel>;
  readonly #engine: Pick<Engine, 'query'>;
  readonly #context: FolderContext;
  readonly #columns = new Map<string, readonly ResultColumn[] | null>();

  constructor(models: readonly ReadModel[], engine: Pick<Engine, 'query'>, context: FolderContext) {
    this.#models = new Map(models.map((model) => [model.id, model]));
    this.#engine = engine;
    this.#context = context;
  }

  know(id: string, columns: readonly ResultColumn[] | null): void {
    this.#columns.set(id, columns);
  }

  /** The columns that a text returns; null when the engine cannot tell yet. */
  async columnsOf(text: Text): Promise<ResultColumn[] | null> {
    const { tables, path, line } = text;
    let select = text.select;
    for (const table of tables) {
      const id = idOf(table);
      if (!this.#models.has(id)) {
        this.#checkTable(table, text);
        continue;
      }
      const columns = this.#columns.get(id) ?? null;
      if (columns === null) return null;
      select = standIn(select, table, columns);
    }
    try {
      return await selectColumns(this.#engine, select);
    } catch (error) {
      if (!(error instanceof TailraceError && error.code === 'WAREHOUSE_QUERY')) throw error;
      const { atStart = false, isComing = () => false } = this.#context;
      if (!atStart || tables.some(isComing)) return null;
      const said = engineSays(error);
      throw badModel(path, line + lineOf(text.select, said), said, 'Correct the SELECT.');
    }
  }

  /** `@test references` of a model: the other table and its column must be there. */
  async references(model: ReadModel): Promise<void> {
    for (const test of model.tests) {
      if (test.kind !== 'references') continue;
      const { database, table: name, column } = test.to;
      const select = `SELECT ${quoteCh(column)} FROM ${qualifiedCh(database, name)}`;
      await this.columnsOf({ path: model.path, line: test.line, select, tables: [{ database, name }] });
    }
  }

  /** A run has only models and tables of the source. */
  #checkTable(table: NamedTable, { path, line, select }: Text): void {
    const { databases, atStart = false, isComing = () => false } = this.#context;
    const name = qualifiedName(table.database, table.name);
    const at = line + lineOf(select, `'${table.name}'`);
    if (isOurs(table.database))
      throw badModel(path, at, `${name} belongs to tailrace or ClickHouse`, 'Read models and tables of the source only.');
    const isForeign = databases.length > 0 && !databases.includes(table.database) && !isComing(table);
    if (atStart && isForeign) throw badModel(path, at, `unknown table ${name}`, 'Read models and tables of the source only.');
  }
}

/** Columns that headers name, and names of columns that are not unique. */
function judgeColumns(model: ReadModel, columns: readonly string[]): void {
  const { path, lines } = model;
  const twice = columns.find((name, at) => columns.indexOf(name) < at);
  if (twice !== undefined) throw badModel(path, lines.select, `two columns are called "${twice}"`, 'Give one of them another name.');
  const named = [
    ...model.key.map((column) => ({ column, line: lines.key })),
    ...model.by.map(({ output }, at) => ({ column: output, line: lines.by[at] ?? 1 })),
    ...model.tests.flatMap((test) => columnsOf(test).map((column) => ({ column, line: test.line }))),
  ];
  const unknown = named.find(({ column }) => !columns.includes(column));
  if (unknown) throw badModel(path, unknown.line, `unknown column "${unknown.column}"`, `The SELECT returns ${columns.join(', ')}.`);
}

/** A group that is built again later must come out the same. */
function judgeFunctions(model: ReadModel, models: readonly ReadModel[], { changing }: SpecialFunctions): void {
  for (const read of throughViews(model, models)) {
    const name = read.functions.find((one) => changing.has(one));
    if (name === undefined) continue;
    const what = `${name}() gives another result at another time${read === model ? '' : `, in ${read.id}, which it reads`}`;
    throw badModel(
      model.path,
      read === model ? model.lines.select + lineOf(model.select, `'${name}'`) : model.lines.select,
      what,
      'Remove it, or use @kind table.',
    );
  }
}

/** The model, and the views that it reads, also through views. */
function throughViews(model: ReadModel, models: readonly ReadModel[]): ReadModel[] {
  const views = models.filter(({ id, kind }) => kind === 'view' && model.inputs.includes(id));
  return [model, ...views.flatMap((view) => throughViews(view, models))];
}

/** The engine's complaint in one sentence, without the statement that it quotes. */
function engineSays(error: TailraceError): string {
  const said = error.cause instanceof Error ? error.cause.message : withoutCode(error.message);
  return (
    said
      .replace(/^Code: \d+\. DB::Exception: /, '')
      .replace(/\.? in scope [\s\S]*?(?=\. Maybe|\. \([A-Z_]+\)|$)/i, '')
      // The empty table that stands for a model.
      .replace('table_function', 'table')
      .replace(/\. \(([A-Z_]+)\)[\s\S]*$/, ' ($1)')
  );
}

/** Lines of the text above the first name that is quoted in `said`. */
function lineOf(select: string, said: string): number {
  const name = /[`']([^`']+)[`']/.exec(said)?.[1]?.split('.').at(-1) ?? '';
  const at = select.split('\n').findIndex((line) =>
    line
      .toLowerCase()
      .split(/[^\w$]+/)
      .includes(name.toLowerCase()),
  );
  return Math.max(at, 0);
}
