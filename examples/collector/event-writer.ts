import pg from 'pg';
import { CLIENT_EVENTS } from '../../cli/demo/shop-schema.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { ClientEvent } from './event-body.ts';
import type { Outcome } from './waiting-events.ts';

const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
const RETRY_MS = 250;

/** A repeated id changes nothing: the first event under an id stays. */
const INSERT = `insert into client_events (id, at, customer_id, kind, payload)
  select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::text[], $5::jsonb[])
  on conflict (id) do nothing returning id`;

/** SQLSTATE classes that blame a value, not the server: data, constraints, limits. */
const VALUE_ERRORS = /^(?:22|23|54)/;

/**
 * One session that stores events in `client_events`. It opens itself again after an error, until
 * the signal is aborted.
 */
export class EventWriter implements AsyncDisposable {
  readonly #url: string;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #client: pg.Client | null = null;
  #opening: Promise<pg.Client> | null = null;
  #failing = false;

  constructor({ url, log, signal }: { url: string; log: Log; signal: AbortSignal }) {
    this.#url = url;
    this.#log = log;
    this.#signal = signal;
    this.#keepOpen();
  }

  /** Whether Postgres is there, with the table. */
  get isConnected(): boolean {
    return this.#client !== null;
  }

  /**
   * Stores events in one transaction and resolves when it is committed, however often that has to
   * be tried. An event that Postgres refuses has an error as outcome; the others are stored.
   * Rejects when the signal is aborted.
   */
  async store(events: readonly ClientEvent[]): Promise<Outcome[]> {
    return this.#untilDone(async () => {
      try {
        return await insert(await this.#session(), events);
      } catch (error) {
        if (!isValueError(error)) throw error;
        return this.#oneByOne(events);
      }
    });
  }

  async #oneByOne(events: readonly ClientEvent[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const event of events) {
      try {
        outcomes.push(...(await insert(await this.#session(), [event])));
      } catch (error) {
        if (!isValueError(error)) throw error;
        outcomes.push({ error: error.message });
      }
    }
    return outcomes;
  }

  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        const result = await work();
        if (this.#failing) this.#log.info('Postgres stores events again');
        this.#failing = false;
        return result;
      } catch (error) {
        if (!this.#failing) this.#log.warn({ error }, 'Postgres cannot store events; trying again');
        this.#failing = true;
        await this.#leave();
        await abortableSleep(RETRY_MS, this.#signal);
      }
    }
  }

  #keepOpen(): void {
    this.#untilDone(() => this.#session()).catch(() => undefined);
  }

  async #session(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client;
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'tailrace collector',
    });
    client.on('error', () => {
      if (this.#client !== client) return;
      this.#client = null;
      this.#keepOpen();
    });
    try {
      await client.connect();
      // 202 promises that the event outlives a crash.
      await client.query(`select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`);
      const { rows } = await client.query<{ there: boolean }>(`select to_regclass('client_events') is not null as there`);
      if (rows[0]?.there !== true) await client.query(CLIENT_EVENTS);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    return client;
  }

  async #leave(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }
}

async function insert(client: pg.Client, events: readonly ClientEvent[]): Promise<Outcome[]> {
  // In one order, so that two collectors with the same events cannot block each other.
  const sorted = events.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { rows } = await client.query<{ id: string }>(INSERT, [
    sorted.map(({ id }) => id),
    sorted.map(({ at }) => at),
    sorted.map((event) => event.customer_id),
    sorted.map(({ kind }) => kind),
    sorted.map(({ payload }) => JSON.stringify(payload)),
  ]);
  const fresh = new Set(rows.map(({ id }) => id));
  return events.map(({ id }) => (fresh.delete(id) ? 'accepted' : 'duplicate'));
}

function isValueError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && VALUE_ERRORS.test(error.code ?? '');
}
