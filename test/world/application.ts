import pg from 'pg';
import { eventually } from '../support/eventually.ts';
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
  readonly #reconnects: boolean;
  readonly #sessions = new Map<number, Session>();

  /** `reconnects`: a session that is lost, with its transaction, is opened again. */
  constructor(database: TestDatabase, { reconnects = false } = {}) {
    this.#database = database;
    this.#reconnects = reconnects;
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
    if (session.lost && this.#reconnects) await session.reconnect();
    const guard = guarded && session.inside;
    try {
      if (guard) await session.query('savepoint guard');
      const inside = session.inside;
      const tag = await session.query(sql);
      if (guard) await session.query('release savepoint guard');
      if (!inside || (tag === 'COMMIT' && !session.inside) || tag === 'COMMIT PREPARED') this.committed += session.inside ? 0 : 1;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError || this.#reconnects)) throw error;
      this.refused += 1;
      if (error instanceof pg.DatabaseError) this.onRefused(sql, error);
      if (session.lost || isGone(error)) session.leave();
      else if (guard) await session.query('rollback to savepoint guard');
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

/** Errors of a session whose server goes down, or is not up yet. */
const GONE = ['57P01', '57P02', '57P03'];

function isGone(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || GONE.includes(error.code ?? '');
}

/** One connection and what waits for it. */
class Session {
  /** Inside a transaction block. */
  inside = false;
  /** The connection is gone. */
  lost = false;
  readonly #url: string;
  #client: pg.Client;
  #ready: Promise<void>;
  #error: unknown = null;

  constructor(url: string) {
    this.#url = url;
    this.#client = this.#open();
    this.#ready = this.#begin();
  }

  /** The server says that it goes, or went without a word. */
  leave(): void {
    this.lost = true;
    this.inside = false;
  }

  /** Opens a connection in place of the lost one, once the server is there again. */
  async reconnect(): Promise<void> {
    await eventually(async () => {
      this.#client = this.#open();
      return this.#begin().then(
        () => true,
        () => false,
      );
    }, 'a connection to the source');
  }

  #open(): pg.Client {
    const client = new pg.Client({ connectionString: this.#url });
    client.on('error', () => client === this.#client && this.leave());
    client.on('end', () => client === this.#client && this.leave());
    client.connection.on('readyForQuery', (message: { status: string }) => (this.inside = message.status !== 'I'));
    this.inside = false;
    this.lost = false;
    return client;
  }

  async #begin(): Promise<void> {
    await this.#client.connect();
    await this.#client.query(SETTINGS);
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
