import type { VerifyReport } from '../../verifier/report.ts';
import type { Finished, Pipeline } from '../support/pipeline.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { compareAll, type Rules } from './comparison.ts';
import { compareTap } from './tapped.ts';
import type { World } from './world.ts';

/** Unlogged tables, and partitioned ones with an unlogged leaf, quoted as Postgres does. */
const UNLOGGED = `
  with recursive up(at) as (
    select oid from pg_class where relkind = 'r' and relpersistence = 'u'
    union select i.inhparent from up u join pg_class c on c.oid = u.at and c.relispartition join pg_inherits i on i.inhrelid = u.at
  )
  select format('%I.%I', n.nspname, c.relname) as name from up join pg_class c on c.oid = up.at join pg_namespace n on n.oid = c.relnamespace
  where not c.relispartition`;

/** What a warehouse is held to. */
export class Checks {
  readonly #database: TestDatabase;
  readonly #pipeline: Pipeline;
  readonly #rules: Rules;
  /** The last that the product said. */
  readonly #said: () => readonly string[];

  constructor(database: TestDatabase, pipeline: Pipeline, { settings, said }: Pick<World, 'settings'> & { said: () => readonly string[] }) {
    this.#database = database;
    this.#pipeline = pipeline;
    const rules = settings['TAILRACE_TABLE'] ?? '';
    this.#rules = { columns: rules.includes('exclude'), rows: rules.includes('where') };
    this.#said = said;
  }

  /**
   * Waits until everything committed is in the warehouse, for at most `patienceMs`, and compares
   * every table.
   */
  async compare(patienceMs: number, warehouse = this.#pipeline.warehouse): Promise<void> {
    const deadline = Date.now() + patienceMs;
    let differences: string[] | null = null;
    while (differences === null) {
      await this.#applied(deadline, warehouse);
      differences = await compareAll(this.#database, warehouse, this.#rules).catch((error: unknown) => {
        // A compactor that dies between its answers is started again.
        if (!isUnanswered(error) || Date.now() > deadline) throw error;
        return null;
      });
    }
    if (differences.length === 0 && process.env['TEST_TAP'] !== undefined)
      differences = await compareTap(this.#database, this.#pipeline.lake, this.#rules);
    if (differences.length > 0) throw new Error(`${differences.slice(0, 10).join('\n')}\n${await this.#state()}`);
  }

  /** Equal, except unlogged tables, which are not comparable. */
  async verify(): Promise<void> {
    const unlogged = await this.#unlogged();
    const report = JSON.parse(await this.expect(['verify', '--json'], unlogged.length > 0 ? 1 : 0)) as VerifyReport;
    const unequal = report.tables.filter(({ match }) => match !== true);
    const others = unequal.filter(({ table, match }) => match === false || !unlogged.includes(table));
    if (others.length > 0) throw new Error(`verify finds ${JSON.stringify(others)}\n${await this.#state()}`);
  }

  /** Runs a command that has to end with this code; returns what it printed. */
  async expect(args: string[], code = 0): Promise<string> {
    const ended = await this.#pipeline.cli(args);
    if (ended.code === code) return ended.stdout;
    throw await this.#unexpected(args, ended, code);
  }

  async #unexpected(args: readonly string[], ended: Finished, code: number): Promise<Error> {
    const command = args.join(' ');
    return new Error(`${command} ended with ${ended.code}, not ${code}: ${ended.stdout}${ended.stderr}\n${await this.#state()}`);
  }

  async #applied(deadline: number, warehouse: string): Promise<void> {
    // Unlogged tables are named and not waited for.
    const code = (await this.#unlogged()).length > 0 ? 3 : 0;
    for (;;) {
      const left = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
      const args = ['await', '--now', '--timeout', `${left}s`, '--warehouse', warehouse];
      const ended = await this.#pipeline.cli(args);
      if (ended.code === code) return;
      // A role that was just killed is being started again.
      if (!ended.stderr.includes('NOT_RUNNING') || Date.now() > deadline) throw await this.#unexpected(args, ended, code);
    }
  }

  /** Tables that are unlogged, or have an unlogged leaf. */
  async #unlogged(): Promise<string[]> {
    const found = await this.#database.query<{ name: string }>(UNLOGGED);
    return found.map(({ name }) => name);
  }

  /** The positions and the output of the product, for the report of a failure. */
  async #state(): Promise<string> {
    const status = await this.#pipeline.cli(['status']);
    return [status.stdout, ...this.#said()].join('\n');
  }
}

/** The endpoint of the warehouse went while it was asked, or is not there. */
function isUnanswered(error: unknown): boolean {
  return error instanceof TypeError || (error as NodeJS.ErrnoException).code === 'ENOENT';
}
