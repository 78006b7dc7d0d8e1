import { databaseGlob } from '../../core/sections/database-globs.ts';
import { parseQualifiedName } from '../../core/table.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { clickhouseCodeOf, CLICKHOUSE } from '../clickhouse-code.ts';
import type { Engine } from '../engine.ts';
import { literalCh, warehouseDatabase } from '../names.ts';
import { RefusedError } from './statement-cursor.ts';

/** Marks the databases that builder has created. */
export const BUILDER_MARK = 'written by user builder';

/**
 * Where user builder may write: in databases that the globs name and that it created itself, and
 * never where tables of the source, models or freezes are shown.
 */
export class WritableDatabases {
  readonly #engine: Pick<Engine, 'query'>;
  readonly #globs: readonly string[];
  readonly #matches: (database: string) => boolean;

  constructor(engine: Pick<Engine, 'query'>, globs: readonly string[]) {
    this.#engine = engine;
    this.#globs = globs;
    this.#matches = databaseGlob(globs);
  }

  /** Throws RefusedError for the first of these databases in which builder may not write. */
  async require(databases: readonly string[]): Promise<void> {
    const outside = databases.find((database) => !this.#matches(database));
    if (outside !== undefined)
      throw new RefusedError(497, `builder may not write to ${outside}: sqlWrites names ${this.#globs.join(', ')}. (ACCESS_DENIED)`);
    const { marks, schemas } = await this.#look(databases);
    for (const database of databases) {
      if (schemas.has(database))
        throw new RefusedError(497, `builder may not write to ${database}: it shows tables of the source. (ACCESS_DENIED)`);
      if (marks.has(database) && marks.get(database) !== BUILDER_MARK)
        throw new RefusedError(497, `builder may not write to ${database}: somebody else created it. (ACCESS_DENIED)`);
    }
  }

  async #look(databases: readonly string[]): Promise<{ marks: Map<string, string>; schemas: Set<string> }> {
    const wanted = databases.map(literalCh).join(', ');
    const rows = await this.#engine
      .query<{ is_table: boolean; name: string; mark: string }>(sql('where-builder-writes', { databases: wanted }))
      .catch((error: unknown) => {
        if (![CLICKHOUSE.unknownTable, CLICKHOUSE.unknownDatabase].some((code) => code === clickhouseCodeOf(error))) throw error;
        throw new RefusedError(CLICKHOUSE.aborted, 'the warehouse does not know its source yet; try again. (ABORTED)');
      });
    return {
      marks: new Map(rows.flatMap(({ is_table: isTable, name, mark }) => (isTable ? [] : [[name, mark] as const]))),
      schemas: new Set(
        rows.flatMap(({ is_table: isTable, name }) => (isTable ? [warehouseDatabase(parseQualifiedName(name).schema)] : [])),
      ),
    };
  }
}
