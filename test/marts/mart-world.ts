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
import type { Random } from '../world/random.ts';
import { drawTransaction, isCompactorStep } from './draw-changes.ts';
import type { BuilderStep, CompactorStep, Disturbance } from './draw-changes.ts';
import { MODELS, ROWS, TABLES } from './mart-models.ts';

/** A run, a new copy and the start of a compactor take less on any machine, also beside others. */
const PATIENCE_MS = 900_000;
/** A step of the compactor is reached by the first change that calls for it, or by the next. */
const MOST_TRIES = 5;
const TROUBLE_LENGTH = 2_000;
const HISTORY = { TAILRACE_TABLE: '{"public.customers":{"history":"forever"}}' };

/**
 * A source, the roles over it as processes of their own, and runs of the models. The roles are not
 * under `run`, so that a compactor can be started with a failpoint that its successor has not.
 */
export class MartWorld implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #pipeline: Pipeline;
  readonly #directory: string;
  readonly #oldImages: boolean;
  readonly #roles: Running[];
  #compactor: Running;
  #column = 0;
  #used = false;

  /** `oldImages`: false leaves out the groups that rows have left. */
  static async open(server: { readonly url: string }, { oldImages = true }: { oldImages?: boolean } = {}): Promise<MartWorld> {
    const database = await createDatabase(server);
    await database.query(`${TABLES} ${ROWS}`);
    return new MartWorld(database, oldImages);
  }

  private constructor(database: TestDatabase, oldImages: boolean) {
    this.#database = database;
    this.#oldImages = oldImages;
    this.#pipeline = createPipeline({ source: database.url, env: { TAILRACE_LOG_LEVEL: 'warn', ...HISTORY } });
    this.#directory = path.join(this.#pipeline.folder, 'models');
    this.#roles = ['replicate', 'snapshot'].map((role) => this.#pipeline.start([role]));
    this.#compactor = this.#startCompactor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }

  /** Gives tables and models their first content. An earlier seed may have played here. */
  async begin(): Promise<void> {
    for (const [file, text] of Object.entries(MODELS)) this.#writeModel(file, text);
    if (this.#used) await this.#database.query(`begin; truncate customers, orders, items, payments; ${ROWS} commit`);
    this.#used = true;
    await this.caughtUp();
  }

  /** What the roles wrote about problems, its end. */
  trouble(): string {
    return this.#roles.map((role) => role.stderr().slice(-TROUBLE_LENGTH)).join('\n');
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.#database.query(`begin; ${statements.join('; ')}; commit`);
  }

  /** Returns whether a process died at the failpoint that was asked for. */
  async disturb(disturbance: Disturbance, random: Random): Promise<boolean> {
    switch (disturbance.kind) {
      case 'nothing':
        break;
      case 'truncate':
        await this.commit([`truncate ${random.pick(['items', 'payments'])}`, ...drawTransaction(random)]);
        break;
      case 'resync':
        await this.#resync(random);
        break;
      case 'ddl':
        await this.commit([this.#addColumn(), ...drawTransaction(random)]);
        break;
      case 'kill compactor':
        await this.#restartCompactor();
        break;
      case 'text':
        this.#writeModel('marts/states.sql', (MODELS['marts/states.sql'] ?? '').replace('> 1', `> ${random.between(0, 2)}`));
        break;
      case 'kill at': {
        const { step } = disturbance;
        const died = isCompactorStep(step) ? await this.#killCompactorAt(step, random) : await this.#killBuilderAt(step);
        await this.commit(drawTransaction(random));
        return died;
      }
    }
    return false;
  }

  /** Waits until the warehouse has everything that is committed, and all tables are live. */
  async caughtUp(): Promise<void> {
    const [row] = await this.#database.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    const store = new DirectoryStore(this.#pipeline.lake);
    await this.#database.query("select pg_logical_emit_message(true, 'marts', 'x')");
    await eventually(
      async () => {
        const [position] = await getPositions(store);
        return (
          position !== undefined &&
          position.tables.length === 4 &&
          position.tables.every(({ state }) => state === 'live') &&
          parseLsn(position.appliedLsn) >= parseLsn(row?.lsn ?? '0/0')
        );
      },
      'the warehouse to catch up',
      PATIENCE_MS,
    );
  }

  /** Runs all models. `compare`: builds each incremental one whole beside it, and shows nothing. */
  async once({ compare, signal = AbortSignal.timeout(PATIENCE_MS) }: { compare: boolean; signal?: AbortSignal }): Promise<OnceReport> {
    const store = new DirectoryStore(this.#pipeline.lake);
    const [position] = await getPositions(store);
    const options = {
      store,
      warehouseId: position?.warehouseId ?? '',
      openBuilder: async () => this.#seen(await this.#openBuilder(signal)),
      directory: this.#directory,
      memoryBytes: 300_000_000,
      log: silentLogger(),
      signal,
    };
    return transformOnce(options, { models: [], full: false, compare });
  }

  #startCompactor(env: Record<string, string> = {}): Running {
    const compactor = this.#pipeline.start(['compact', '--sql-port', '0'], env);
    this.#roles.push(compactor);
    return compactor;
  }

  async #restartCompactor(env: Record<string, string> = {}): Promise<void> {
    this.#compactor.kill('SIGKILL');
    await this.#compactor.ended();
    this.#compactor = this.#startCompactor(env);
  }

  /** A run may end before the failpoint. */
  async #killBuilderAt(step: BuilderStep): Promise<boolean> {
    await this.caughtUp();
    const ended = await this.#pipeline.cli(['transform', '--once', '--models', this.#directory], { TAILRACE_FAILPOINT: step });
    if (ended.signal === 'SIGKILL') return true;
    if (ended.code !== 0) throw new Error(`at ${step} it ended with ${ended.code}: ${ended.stderr}`);
    return false;
  }

  /** Makes the compactor reach the step, and starts its successor when it has died of it. */
  async #killCompactorAt(step: CompactorStep, random: Random): Promise<boolean> {
    await this.#restartCompactor({ TAILRACE_FAILPOINT: step });
    const dead = new AbortController();
    const doomed = this.#compactor.ended().finally(() => dead.abort());
    for (let tries = 0; tries < MOST_TRIES && !dead.signal.aborted; tries += 1) await this.#lead(step, random, dead.signal);
    if (!dead.signal.aborted) {
      // Else it would die of the step later, with nobody to start it again.
      await this.#restartCompactor();
      return false;
    }
    const { signal, code, stderr } = await doomed;
    if (signal !== 'SIGKILL') throw new Error(`at ${step} the compactor ended with ${code}: ${stderr}`);
    this.#compactor = this.#startCompactor();
    return true;
  }

  /** Does what calls for the step, until that is done or the compactor is dead. */
  async #lead(step: CompactorStep, random: Random, dead: AbortSignal): Promise<void> {
    await this.commit(step === 'view-changed' ? [this.#addColumn(), ...drawTransaction(random)] : drawTransaction(random));
    if (step === 'chunks-loaded') await this.#resync(random);
    if (step.startsWith('freeze-')) {
      // Only a comparison drops its freeze at its end; the next run needs that of a run.
      const compare = step === 'freeze-dropping';
      await this.once({ compare, signal: AbortSignal.any([dead, AbortSignal.timeout(PATIENCE_MS)]) }).catch((error: unknown) => {
        if (!dead.aborted) throw error;
      });
      return;
    }
    await Promise.race([
      new Promise((resolve) => {
        if (dead.aborted) resolve(null);
        dead.addEventListener('abort', resolve, { once: true });
      }),
      this.caughtUp(),
    ]);
  }

  async #resync(random: Random): Promise<void> {
    await this.#pipeline.cli(['resync', `public.${random.pick(['orders', 'items', 'customers'])}`]);
  }

  #addColumn(): string {
    this.#column += 1;
    return `alter table orders add column extra${this.#column} int default 7`;
  }

  #openBuilder(signal: AbortSignal): Promise<Engine> {
    const limits = { memoryBytes: 300_000_000, threads: 1 };
    return openWarehouse({ uri: this.#pipeline.warehouse, role: 'builder', log: silentLogger(), limits, patienceMs: PATIENCE_MS, signal });
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

  #writeModel(file: string, text: string): void {
    const place = path.join(this.#directory, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}
