import { badModel } from '../../core/sql-header.ts';
import type { SqlFile } from '../../core/sql-header.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { RefusedSelect, selectTables } from '../../warehouse/select/select-tables.ts';
import type { NamedTable } from './model.ts';

/** The SELECT of a model or test, and what it reads and calls. */
export interface SelectInFile {
  readonly select: string;
  readonly tables: readonly NamedTable[];
  readonly functions: readonly string[];
}

/**
 * Reads the statement of a file. BAD_MODEL: there is none, it is not one SELECT, it hides what it
 * reads, or it names a table without a database.
 */
export async function readSelect(path: string, { body, bodyLine }: SqlFile, engine: Pick<Engine, 'query'>): Promise<SelectInFile> {
  if (body === '') throw badModel(path, bodyLine, 'it has no SELECT', 'Write one SELECT below the header.');
  try {
    const { select, tables, functions } = await selectTables(engine, body);
    const named = tables.map(({ database, name }): NamedTable => {
      if (database !== null) return { database, name };
      throw new RefusedSelect(`table ${name} has no database`, `Write it as database.${name}.`, { line: lineOf(select, name) });
    });
    return { select, tables: named, functions };
  } catch (error) {
    if (error instanceof RefusedSelect) throw badModel(path, bodyLine + error.line - 1, error.what, error.hint);
    throw error;
  }
}

/** The line on which a name first stands as a whole word. */
function lineOf(select: string, name: string): number {
  const at = select.split('\n').findIndex((line) => line.split(/[^\w$]+/).includes(name));
  return Math.max(at, 0) + 1;
}
