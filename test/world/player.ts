import { cpSync } from 'node:fs';
import type { VerifyReport } from '../../verifier/report.ts';
import { eventually } from '../support/eventually.ts';
import { type Pipeline, type Running, createPipeline } from '../support/pipeline.ts';
import { type TestDatabase, createDatabase } from '../support/postgres.ts';
import { type Rules, compareAll } from './comparison.ts';
import { Application } from './application.ts';
import type { Deed, World } from './world.ts';

/** What came of a world. */
export interface Outcome {
  /** Transactions that were committed. */
  readonly transactions: number;
  readonly comparisons: number;
  /** Statements that Postgres refused. */
  readonly refused: number;
  /** What was wrong, and after how many steps; null: nothing. */
  readonly failure: { readonly step: number; readonly text: string } | null;
}

/**
 * Plays a world on a database of its own of the server, with the product over it; everything is
 * gone afterwards. `keep`: where lake and warehouse are copied to when it fails.
 */
export async function play(world: World, server: { readonly url: string }, keep?: string): Promise<Outcome> {
  await using database = await createDatabase(server);
  await using application = new Application(database);
  await using product = new Product(database, world.settings);
  let failure: Outcome['failure'] = null;
  for (const [step, todo] of world.steps.entries()) {
    try {
      if (todo.kind === 'sql') await application.run(todo);
      else {
        if (todo.deed === 'compare') await application.idle();
        await product.do(todo.deed);
      }
    } catch (error) {
      failure = { step, text: error instanceof Error ? error.message : String(error) };
      if (keep !== undefined) product.keep(keep);
      break;
    }
  }
  return { transactions: application.committed, comparisons: product.comparisons, refused: application.refused, failure };
}

/** Unlogged tables, and partitioned ones with an unlogged leaf, quoted as Postgres does. */
const UNLOGGED = `
  with recursive up(at) as (
    select oid from pg_class where relkind = 'r' and relpersistence = 'u'
    union select i.inhparent from up u join pg_class c on c.oid = u.at and c.relispartition join pg_inherits i on i.inhrelid = u.at
  )
  select format('%I.%I', n.nspname, c.relname) as name from up join pg_class c on c.oid = up.at join pg_namespace n on n.oid = c.relnamespace
  where not c.relispartition`;

/** The product at work on a source. */
class Product implements AsyncDisposable {
  comparisons = 0;
  readonly #database: TestDatabase;
  readonly #pipeline: Pipeline;
  readonly #rules: Rules;
  #running: Running | null = null;

  constructor(database: TestDatabase, settings: Readonly<Record<string, string>>) {
    this.#database = database;
    const rules = settings['TAILRACE_TABLE'] ?? '';
    this.#rules = { columns: rules.includes('exclude'), rows: rules.includes('where') };
    this.#pipeline = createPipeline({ source: database.url, env: { TAILRACE_LOG_LEVEL: 'warn', ...settings } });
  }

  async do(deed: Deed): Promise<void> {
    switch (deed) {
      case 'start':
        // A world kills single roles.
        this.#running ??= this.#pipeline.start(['run', '--processes', 'each', '--sql-port', '0', '--http-port', '0']);
        return;
      case 'stop':
        return this.#stop();
      case 'crash':
        await this.#running?.[Symbol.asyncDispose]();
        this.#running = null;
        return;
      case 'compare':
        return this.#compare();
      case 'verify':
        return this.#verify();
      default:
        return this.#kill(deed.slice('kill '.length));
    }
  }

  keep(folder: string): void {
    cpSync(this.#pipeline.folder, folder, { recursive: true });
  }

  async #stop(): Promise<void> {
    this.#running?.kill('SIGTERM');
    const ended = await this.#running?.ended();
    this.#running = null;
    // Asked before it could hear, it just ends.
    if (ended === undefined || ended.code === 0 || ended.signal === 'SIGTERM') return;
    throw new Error(`asked to stop, it ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`);
  }

  async #kill(role: string): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const pid = await eventually(() => running.roles().get(role), `role ${role}`);
    process.kill(pid, 'SIGKILL');
  }

  async #compare(): Promise<void> {
    await this.do('start');
    await this.#running?.event('ready');
    // Unlogged tables are named and not waited for.
    await this.#expect(['await', '--now', '--timeout', '5m'], (await this.#unlogged()).length > 0 ? 3 : 0);
    const differences = await compareAll(this.#database, this.#pipeline.warehouse, this.#rules);
    if (differences.length > 0) throw new Error(`${differences.slice(0, 10).join('\n')}\n${await this.#state()}`);
    this.comparisons += 1;
  }

  /** Equal, except unlogged tables, which are not comparable. */
  async #verify(): Promise<void> {
    const unlogged = await this.#unlogged();
    const report = JSON.parse(await this.#expect(['verify', '--json'], unlogged.length > 0 ? 1 : 0)) as VerifyReport;
    const unequal = report.tables.filter(({ match }) => match !== true);
    const others = unequal.filter(({ table, match }) => match === false || !unlogged.includes(table));
    if (others.length > 0) throw new Error(`verify finds ${JSON.stringify(others)}\n${await this.#state()}`);
  }

  /** Tables that are unlogged, or have an unlogged leaf. */
  async #unlogged(): Promise<string[]> {
    const found = await this.#database.query<{ name: string }>(UNLOGGED);
    return found.map(({ name }) => name);
  }

  async #expect(args: string[], code = 0): Promise<string> {
    const ended = await this.#pipeline.cli(args);
    if (ended.code === code) return ended.stdout;
    throw new Error(`${args.join(' ')} ended with ${ended.code}, not ${code}: ${ended.stdout}${ended.stderr}\n${await this.#state()}`);
  }

  /** The positions and the output of the product, for the report of a failure. */
  async #state(): Promise<string> {
    const status = await this.#pipeline.cli(['status']);
    const said = this.#running?.stderr().split('\n').slice(-30) ?? [];
    return [status.stdout, ...said].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
  }
}
