import { badModel } from '../../core/sql-header.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { qualifiedCh } from '../../warehouse/names.ts';
import type { ResultColumn, SpecialFunctions } from '../../warehouse/select/select-columns.ts';
import { RefusedSelect, selectTables } from '../../warehouse/select/select-tables.ts';
import type { SelectParts } from '../../warehouse/select/select-tables.ts';
import { idOf, sourceTable } from './databases.ts';
import type { NamedTable } from './model.ts';
import type { ReadModel } from './read-model.ts';

interface Judges {
  readonly special: SpecialFunctions;
  readonly engine: Pick<Engine, 'query'>;
  readonly columnsOf: (text: {
    readonly path: string;
    readonly line: number;
    readonly select: string;
    readonly tables: readonly NamedTable[];
  }) => Promise<ResultColumn[] | null>;
}

/**
 * Judges the `@by` expressions of a model: each must be one value of a row of its input, and the
 * same at any time. BAD_MODEL otherwise.
 */
export async function judgeFollows(model: ReadModel, { special, engine, columnsOf }: Judges): Promise<void> {
  for (const [at, { input, expression }] of model.by.entries()) {
    const line = model.lines.by[at] ?? 1;
    const bad = (what: string, hint: string): Error => badModel(model.path, line, `@by ${expression}: ${what}`, hint);
    const { database, name } = sourceTable(input);
    const select = `SELECT (${expression}\n) FROM ${qualifiedCh(database, name)}`;
    let parts: SelectParts;
    try {
      parts = await selectTables(engine, select);
    } catch (error) {
      if (error instanceof RefusedSelect) throw bad(error.what, 'Write one expression over columns of the input.');
      throw error;
    }
    const other = parts.tables.find((table) => idOf({ database: table.database ?? '', name: table.name }) !== input);
    if (other) throw bad(`it reads ${other.name}`, 'Use columns of the input only.');
    const several = parts.functions.find((one) => special.aggregate.has(one));
    if (several !== undefined) throw bad(`${several}() takes several rows`, 'Use columns of one row only.');
    const changing = parts.functions.find((one) => special.changing.has(one));
    if (changing !== undefined) throw bad(`${changing}() gives another result at another time`, 'Use columns of the input only.');
    const columns = await columnsOf({ path: model.path, line, select, tables: [{ database, name }] });
    if (columns !== null && columns.length !== 1)
      throw bad('it is more than one expression', 'Write one expression over columns of the input.');
  }
}
