import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ClickHouseError as ClientError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { working } from '../core/loop.ts';
import { raisedHere } from './clickhouse-code.ts';
import type { BuildLimits, Engine, ReadRequest, ReadResult } from './engine.ts';
import { readOverHttp } from './http-read.ts';
import { SERVER_INSERT_SETTINGS, SERVER_INSERT_SETTINGS_IF_KNOWN, SERVER_READ_SETTINGS } from './insert-settings.ts';
import { Lane } from './lane.ts';
import { TOKEN_HEADER } from './owner.ts';
import { END_OF_TREE } from './statement.ts';
import { placeOf } from './place.ts';
import { readPrefix, statementPrefix } from './running-statements.ts';
import type { StatementLife } from './running-statements.ts';
import { buildSettings, PRIORITY, S3_ATTEMPTS, STATEMENT_LIMITS } from './engine-limits.ts';

export interface HttpOptions {
  /** http(s)://user:password@host:port; user and password appear in no error and no log. */
  readonly url: string;
  readonly log: Log;
  /** From owner.json, when the server is the endpoint of an embedded warehouse. */
  readonly token?: string;
  /** For a process that builds models: the bounds of its statements. */
  readonly limits?: BuildLimits | undefined;
  /** Statements with effects at the same time. Default 1. */
  readonly parallel?: number | undefined;
  /** Time limit of one statement. Default: an hour. */
  readonly requestMs?: number | undefined;
  /** Where the server is a node: its cluster, and settings of statements with effects. */
  readonly node?: { readonly cluster: string; readonly settings: Readonly<Record<string, string>> } | undefined;
}

/**
 * Time limit of one statement of the compactor. Progress headers show that the server still works
 * on it.
 */
const REQUEST_MS = 60 * 60_000;
const PROGRESS_MS = '15000';
/** The limits as the client sends them. */
const LIMITS: ClickHouseSettings = {
  ...Object.fromEntries(Object.entries(STATEMENT_LIMITS).map(([name, value]) => [name, String(value)])),
  s3_retry_attempts: String(S3_ATTEMPTS),
};

/** Settings that our own statements rely on, also at an endpoint, whose readers get others. */
const MEANING: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
  join_use_nulls: 0,
};
const ROWS: ClickHouseSettings = {
  ...MEANING,
  ...LIMITS,
  ...SERVER_READ_SETTINGS,
};
/** The endpoint ends such a statement itself. */
const TREE = /^\s*EXPLAIN\s+AST\b/i;
/** The HTTP status reports an error only when the server waits for the end of the query. */
const EFFECT: ClickHouseSettings = {
  ...LIMITS,
  ...SERVER_INSERT_SETTINGS,
  async_insert: 0,
  priority: String(PRIORITY.compactor),
  wait_end_of_query: 1,
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: PROGRESS_MS,
};

/**
 * A ClickHouse server over HTTP, or the endpoint of an embedded warehouse, which answers reads
 * only.
 */
export class HttpEngine implements Engine {
  readonly traits: Engine['traits'];
  /** `host:port`, for people. */
  readonly host: string;
  readonly #server: URL;
  readonly #headers: Record<string, string>;
  readonly #rows: ClickHouseSettings;
  readonly #isServer: boolean;
  readonly #client: ClickHouseClient;
  readonly #effects: Lane<string>;
  readonly #effect: ClickHouseSettings;
  #ids: { effect: string; read: string };
  #statements = 0;
  readonly #unhurried: boolean;
  #closing: Promise<void> | null = null;

  /**
   * Opens no connection: an unreachable server shows in the first statement, as
   * WAREHOUSE_UNAVAILABLE.
   */
  static open(options: HttpOptions): Promise<HttpEngine> {
    if (!URL.canParse(options.url)) return Promise.reject(new TailraceError('BAD_ARGUMENT', '--warehouse is not a URL'));
    return Promise.resolve(new HttpEngine(options));
  }

  private constructor(options: HttpOptions) {
    const url = new URL(options.url);
    const [username, password] = [decodeURIComponent(url.username) || 'default', decodeURIComponent(url.password)];
    const token: Record<string, string> = options.token === undefined ? {} : { [TOKEN_HEADER]: options.token };
    this.host = url.host;
    this.#effects = new Lane(Array.from({ length: options.parallel ?? 1 }, (_, place) => String(place)));
    this.#isServer = options.token === undefined;
    // An endpoint has limits of its own for these and refuses to change them.
    this.#rows = options.token === undefined ? { ...ROWS, ...ofBuilder(options.limits) } : MEANING;
    this.#effect = { ...EFFECT, ...options.node?.settings, ...ofBuilder(options.limits) };
    const cluster = options.node === undefined ? {} : { cluster: options.node.cluster };
    this.traits = { ownsDirectory: false, readsLocalFiles: false, diesAlone: false, ...cluster };
    this.#unhurried = options.limits !== undefined;
    const unnamed = `tailrace-unnamed-${randomBytes(8).toString('hex')}-`;
    this.#ids = { effect: unnamed, read: unnamed };
    this.#server = new URL(url.origin);
    this.#headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`, ...token };
    this.#client = createClient({
      url: this.#server,
      username,
      password,
      application: 'tailrace',
      request_timeout: options.requestMs ?? REQUEST_MS,
      max_response_headers_size: 1024 * 1024,
      log: { level: ClickHouseLogLevel.OFF },
      http_headers: token,
    });
  }

  identify(life: StatementLife): void {
    this.#ids = { effect: statementPrefix(life), read: readPrefix(life) };
  }

  exec(sql: string): Promise<void> {
    return this.#effects.run(() =>
      this.#guarded(async () => {
        await this.#client.command({ query: sql, query_id: this.#id('effect'), clickhouse_settings: await this.#effectSettings() });
      }),
    );
  }

  async execTogether(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.exec(sql);
  }

  query<T extends object>(sql: string): Promise<T[]> {
    return this.#guarded(async () => {
      const query = this.#isServer && TREE.test(sql) ? `${sql}${END_OF_TREE}` : sql;
      const options = { query_id: this.#id('read'), clickhouse_settings: this.#rows };
      const result = await this.#client.query({ query, format: 'JSONEachRow', ...options });
      return result.json<T>();
    });
  }

  /** The answer of a statement that takes no FORMAT clause, such as CHECK GRANT. */
  answerOf(sql: string): Promise<string> {
    return this.#guarded(async () => {
      const { stream } = await this.#client.exec({ query: sql, query_id: this.#id('read'), clickhouse_settings: this.#rows });
      return (await text(stream)).trim();
    });
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.#guarded(() => readOverHttp(this.#server, this.#headers, { ...request, unhurried: this.#unhurried }));
  }

  insertRows(insert: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#effects.run(() =>
      this.#guarded(async () => {
        const { stream } = await this.#client.exec({
          query: insert,
          query_id: this.#id('effect'),
          values: Readable.from(body, { objectMode: false }),
          clickhouse_settings: await this.#effectSettings(),
        });
        await text(stream);
      }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#client.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #id(kind: 'effect' | 'read'): string {
    this.#statements += 1;
    return `${this.#ids[kind]}${this.#statements}`;
  }

  /** Nothing is written to a server that is too old. */
  async #effectSettings(): Promise<ClickHouseSettings> {
    const place = await placeOf(this);
    const known = Object.entries(SERVER_INSERT_SETTINGS_IF_KNOWN).filter(([name]) => place.knows(name));
    return { ...this.#effect, ...Object.fromEntries(known) };
  }

  async #guarded<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new TailraceError('WAREHOUSE_UNAVAILABLE', 'the warehouse is closed');
    try {
      return await working(attempt());
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): TailraceError {
    if (error instanceof TailraceError) return error;
    if (error instanceof ClientError) {
      const code = Number(error.code);
      return raisedHere(code, `${error.message}${error.type ? ` (${error.type})` : ''}`);
    }
    const reason = error instanceof Error ? ('code' in error ? String(error.code) : '') || error.message : String(error);
    return new TailraceError('WAREHOUSE_UNAVAILABLE', `${this.host} does not answer: ${reason}`, { cause: error });
  }
}

function ofBuilder(limits: BuildLimits | undefined): ClickHouseSettings {
  if (limits === undefined) return {};
  // Older servers do not know these.
  const { low_priority_query_wait_time_ms: _wait, max_bytes_before_external_join: _join, ...known } = buildSettings(limits);
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, String(value)]));
}
