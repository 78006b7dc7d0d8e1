import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, qualifiedCh, quoteCh, warehouseDatabase } from '../../warehouse/names.ts';

/** Marks databases that hold the views of one run. */
const RUN_COMMENT = 'models of a run, kept by tailrace';

/** The databases and views of one run: what its models and tests read. */
export class RunViews {
  readonly #engine: Pick<Engine, 'exec' | 'query'>;
  readonly #freeze: string;
  readonly #comment: string;
  readonly #made = new Set<string>();

  /** `freeze`: the name of the freeze of the run. `comment`: marks its databases. */
  constructor(engine: Pick<Engine, 'exec' | 'query'>, freeze: string, comment = RUN_COMMENT) {
    this.#engine = engine;
    this.#freeze = freeze;
    this.#comment = comment;
  }

  /** The database that stands for one of a text. */
  databaseOf(database: string): string {
    return warehouseDatabase(`${this.#freeze}_${database}`);
  }

  /** The database that stands for one of a text in the `index`th model's incremental build. */
  filteredDatabaseOf(index: number, database: string): string {
    return warehouseDatabase(`${this.#freeze}_t${index}_${database}`);
  }

  /** Shows rows under a name of a database of this run. */
  async show(database: string, name: string, select: string): Promise<void> {
    if (!this.#made.has(database)) {
      await this.#engine.exec(sql('create-marked-database', { database: quoteCh(database), comment: this.#comment }));
      this.#made.add(database);
    }
    await this.#engine.exec(sql('model-view', { view: qualifiedCh(database, name), select, comment: this.#comment }));
  }

  /** Names of the columns of a table or view; none: there is no such table. */
  async columnsOf(database: string, name: string): Promise<string[]> {
    const columns = await this.#engine.query<{ name: string }>(
      sql('column-names', { database: literalCh(database), table: literalCh(name) }),
    );
    return columns.map((column) => column.name);
  }
}

/** Drops the views of all runs. No run may go on. */
export async function dropRunViews(engine: Pick<Engine, 'exec' | 'query'>): Promise<void> {
  const databases = await engine.query<{ name: string; comment: string }>(sql('databases'));
  for (const { name, comment } of databases)
    if (comment === RUN_COMMENT) await engine.exec(sql('drop-run-database', { database: quoteCh(name) }));
}
