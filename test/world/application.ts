import pg from 'pg';
import type { TestDatabase } from '../support/postgres.ts';
import type { Step } from './world.ts';

type SqlStep = Extract<Step, { kind: 'sql' }>;

/**
 * A transaction that waits for a lock longer than this gives up, so that a world never stands
 * still.
 */
const SETTINGS = "set lock_timeout = '100ms'; set statement_timeout = '30s'; set client_min_messages = 'error'";

/**
 * The application's sessions: they run statements in order, and take what Postgres refuses as an
 * application would.
 */
export class Application implements AsyncDisposable {
  committed = 0;
  refused = 0;
  /** Called with each statement that Postgres refuses. */
  onRefused: (sql: string, error: pg.DatabaseError) => void = () => undefined;
  readonly #database: TestDatabase;
  readonly #sessions = new Map<number, Session>();

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  async run(step: SqlStep): Promise<void> {
    const session = this.#sessions.get(step.session) ?? new Session(this.#database.url);
    this.#sessions.set(step.session, session);
    const sql = step.sql.replaceAll('$DATABASE', this.#database.name);
    if (step.mode !== 'together') await this.#settle();
    session.enqueue(() => this.#run(session, sql, step.mode === 'guarded'));
    if (step.mode !== 'together') await this.#settle();
  }

  /** Ends every open transaction. */
  async idle(): Promise<void> {
    await this.#settle();
    for (const session of this.#sessions.values()) if (session.inside) await session.query('rollback');
    const prepared = await this.#database.query<{ gid: string }>(`select gid from pg_prepared_xacts where database = current_database()`);
    for (const { gid } of prepared) await this.#database.query(`rollback prepared '${gid}'`);
  }

  async #run(session: Session, sql: string, guarded: boolean): Promise<void> {
    const guard = guarded && session.inside;
    try {
      if (guard) await session.query('savepoint guard');
      const inside = session.inside;
      const tag = await session.query(sql);
      if (guard) await session.query('release savepoint guard');
      if (!inside || (tag === 'COMMIT' && !session.inside) || tag === 'COMMIT PREPARED') this.committed += session.inside ? 0 : 1;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      this.refused += 1;
      this.onRefused(sql, error);
      if (guard) await session.query('rollback to savepoint guard');
    }
  }

  async #settle(): Promise<void> {
    for (const session of this.#sessions.values()) await session.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.values()) await session.end();
    const prepared = await this.#database.query<{ gid: string }>(`select gid from pg_prepared_xacts where database = current_database()`);
    for (const { gid } of prepared) await this.#database.query(`rollback prepared '${gid}'`);
  }
}

/** One connection and what waits for it. */
class Session {
  /** Inside a transaction block. */
  inside = false;
  readonly #client: pg.Client;
  #ready: Promise<void>;
  #error: unknown = null;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url });
    this.#client.on('error', () => undefined);
    this.#client.connection.on('readyForQuery', (message: { status: string }) => (this.inside = message.status !== 'I'));
    this.#ready = this.#client.connect().then(async () => void (await this.#client.query(SETTINGS)));
  }

  enqueue(work: () => Promise<void>): void {
    this.#ready = this.#ready.then(work).catch((error: unknown) => void (this.#error ??= error));
  }

  async settled(): Promise<void> {
    await this.#ready;
    if (this.#error !== null) throw this.#error;
  }

  /** The command's tag, such as `COMMIT`. */
  async query(sql: string): Promise<string> {
    const result = await this.#client.query(sql);
    return result.command;
  }

  async end(): Promise<void> {
    await this.#ready;
    await this.#client.end();
  }
}
