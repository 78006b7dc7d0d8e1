import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { getPositions } from '../../lake/readers.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { transformOnce } from '../../transformer/once.ts';
import type { OnceReport } from '../../transformer/once.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { eventually } from '../support/eventually.ts';
import { type Pipeline, type Running, createPipeline } from '../support/pipeline.ts';
import { type TestDatabase, createDatabase } from '../support/postgres.ts';
import { Random } from '../world/random.ts';
import { drawDisturbance, drawTransaction } from './draw-changes.ts';
import type { Disturbance } from './draw-changes.ts';
import { MODELS, TABLES } from './mart-models.ts';

/** What came of one seed. */
export interface MartsOutcome {
  runs: number;
  /** Incremental builds that were compared with the whole one, and whole builds of such models. */
  incremental: number;
  whole: number;
  compared: number;
  /** Models that differed, or why a run failed. */
  readonly wrong: string[];
  readonly disturbances: Disturbance[];
  /** Failpoints at which a run was killed. */
  killed: readonly string[];
}

/** What is played. */
interface MartsPlay {
  readonly seed: number;
  readonly rounds: number;
  /** False leaves out the groups that rows have left. */
  readonly oldImages?: boolean;
  /** One per round; by default they are drawn. */
  readonly disturbances?: readonly Disturbance[];
}

/**
 * Plays random changes on a real Postgres with the product over it, runs the models after each
 * round, and compares every incremental mart with its whole build.
 */
export async function playMarts(
  { seed, rounds, oldImages = true, disturbances }: MartsPlay,
  server: { readonly url: string },
): Promise<MartsOutcome> {
  const outcome: MartsOutcome = { runs: 0, incremental: 0, whole: 0, compared: 0, wrong: [], disturbances: [], killed: [] };
  const random = new Random(seed);
  await using database = await createDatabase(server);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_LOG_LEVEL: 'warn' } });
  const directory = path.join(pipeline.folder, 'models');
  for (const [file, text] of Object.entries(MODELS)) writeModel(directory, file, text);
  await database.query(TABLES);
  const running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await running.event('ready');
  const world = new Marts({ database, pipeline, running, directory, oldImages });
  outcome.killed = world.killed;
  await world.caughtUp();
  await world.run(outcome);
  for (let round = 0; round < rounds && outcome.wrong.length === 0; round += 1) {
    const disturbance = disturbances?.[round] ?? drawDisturbance(random);
    outcome.disturbances.push(disturbance);
    for (let transaction = random.between(1, 3); transaction > 0; transaction -= 1) await world.commit(drawTransaction(random));
    await world.disturb(disturbance, random);
    await world.caughtUp();
    await world.run(outcome);
    await world.compare(outcome);
  }
  return outcome;
}

/** The product at work, and runs of its models. */
class Marts {
  readonly #database: TestDatabase;
  readonly #pipeline: Pipeline;
  readonly #running: Running;
  readonly #directory: string;
  readonly #oldImages: boolean;
  /** Failpoints at which a run was killed. */
  readonly killed: string[] = [];
  #column = 0;

  constructor(of: { database: TestDatabase; pipeline: Pipeline; running: Running; directory: string; oldImages: boolean }) {
    this.#database = of.database;
    this.#pipeline = of.pipeline;
    this.#running = of.running;
    this.#directory = of.directory;
    this.#oldImages = of.oldImages;
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.#database.query(`begin; ${statements.join('; ')}; commit`);
  }

  async disturb(disturbance: Disturbance, random: Random): Promise<void> {
    if (disturbance.startsWith('kill at ')) {
      await this.#killAt(disturbance.slice('kill at '.length));
      await this.commit(drawTransaction(random));
      return;
    }
    switch (disturbance) {
      case 'nothing':
        return;
      case 'truncate':
        await this.commit([`truncate ${random.pick(['items', 'payments'])}`, ...drawTransaction(random)]);
        return;
      case 'resync':
        await this.#pipeline.cli(['resync', `public.${random.pick(['orders', 'items', 'customers'])}`]);
        return;
      case 'ddl':
        this.#column += 1;
        await this.commit([`alter table orders add column extra${this.#column} int default 7`, ...drawTransaction(random)]);
        return;
      case 'kill compactor': {
        const pid = await eventually(() => this.#running.roles().get('compact'), 'the compactor');
        process.kill(pid, 'SIGKILL');
        return;
      }
      case 'text':
        writeModel(this.#directory, 'marts/states.sql', (MODELS['marts/states.sql'] ?? '').replace('> 1', `> ${random.between(0, 2)}`));
    }
  }

  /** A run may end before the failpoint. */
  async #killAt(failpoint: string): Promise<void> {
    await this.caughtUp();
    const ended = await this.#pipeline.cli(['transform', '--once', '--models', this.#directory], { TAILRACE_FAILPOINT: failpoint });
    if (ended.signal === 'SIGKILL') this.killed.push(failpoint);
    else if (ended.code !== 0) throw new Error(`at ${failpoint} it ended with ${ended.code}: ${ended.stderr}`);
  }

  /** Waits until the warehouse has everything that is committed, and all tables are live. */
  async caughtUp(): Promise<void> {
    const [row] = await this.#database.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    const store = new DirectoryStore(this.#pipeline.lake);
    await this.#database.query("select pg_logical_emit_message(true, 'marts', 'x')");
    await eventually(async () => {
      const [position] = await getPositions(store);
      return (
        position !== undefined &&
        position.tables.length === 4 &&
        position.tables.every(({ state }) => state === 'live') &&
        parseLsn(position.appliedLsn) >= parseLsn(row?.lsn ?? '0/0')
      );
    }, 'the warehouse to catch up');
  }

  async run(outcome: MartsOutcome): Promise<void> {
    const report = await this.#once({ compare: false });
    outcome.runs += 1;
    for (const { model, status, mode, error } of report.models) {
      if (status === 'failed' || status === 'skipped') outcome.wrong.push(`${model}: ${status} ${error?.message}`);
      if (status === 'published' && mode === 'incremental') outcome.incremental += 1;
      if (status === 'published' && mode === 'full' && model !== 'marts.countries') outcome.whole += 1;
    }
  }

  async compare(outcome: MartsOutcome): Promise<void> {
    for (const { model, compared, error } of (await this.#once({ compare: true })).models) {
      if (compared !== null) outcome.compared += 1;
      if (compared === 'different' || error !== null) outcome.wrong.push(`${model}: ${error?.message}`);
    }
  }

  async #once({ compare }: { compare: boolean }): Promise<OnceReport> {
    const store = new DirectoryStore(this.#pipeline.lake);
    const [position] = await getPositions(store);
    const signal = AbortSignal.timeout(120_000);
    const options = {
      store,
      warehouseId: position?.warehouseId ?? '',
      openBuilder: async () => this.#seen(await this.#open()),
      directory: this.#directory,
      memoryBytes: 300_000_000,
      log: silentLogger(),
      signal,
    };
    return transformOnce(options, { models: [], full: false, compare });
  }

  #open(): Promise<Engine> {
    const limits = { memoryBytes: 300_000_000, threads: 1 };
    return openWarehouse({ uri: this.#pipeline.warehouse, role: 'builder', log: silentLogger(), limits, patienceMs: 60_000 });
  }

  /** Without old images the lookup in the earlier freeze finds nothing. */
  #seen(engine: Engine): Engine {
    if (this.#oldImages) return engine;
    return new Proxy(engine, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'exec') return (sql: string) => target.exec(sql.replaceAll(/WHERE (\([^)]*\) IN \(SELECT)/g, 'WHERE false AND $1'));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

function writeModel(directory: string, file: string, text: string): void {
  const place = path.join(directory, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
}
