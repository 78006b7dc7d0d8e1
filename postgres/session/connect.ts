import pg from 'pg';
import { clientConfig } from './client-config.ts';
import type { SessionRole, SourceOptions } from './client-config.ts';
import { CopyOut } from '../wire/copy-out.ts';
import { reachServer, requireServer } from './hosts.ts';
import type { CopySink } from '../wire/copy-out.ts';
import { firstStatement } from './session-settings.ts';
import { describeAddress } from './source-url.ts';
import { sourceError } from './sqlstate.ts';

export type { SourceOptions } from './client-config.ts';

/**
 * Types that the driver would convert to a Date, which has only milliseconds: date, timestamp,
 * timestamptz.
 */
const KEPT_AS_TEXT = new Set([1082, 1114, 1184]);

/**
 * One session with the fixed settings of session-settings.ts. Every failure is a TailraceError;
 * `sqlState` returns its SQLSTATE. Statements run one after the other: await each before the next.
 */
export class SqlConnection implements AsyncDisposable {
  readonly #client: pg.Client;
  readonly #target: string;
  readonly #lost = new AbortController();

  constructor(client: pg.Client, target: string) {
    this.#client = client;
    this.#target = target;
    client.on('error', (error) => this.#lost.abort(sourceError(error, `the connection to ${target} was lost`)));
    client.on('end', () => this.#lost.abort(sourceError(new Error('it was closed'), `the connection to ${target} was lost`)));
  }

  /** Aborted when the server or the network ended the session; its reason says how. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Rows as objects: int2, int4, oid and float as number, int8 and numeric as text, json parsed,
   * dates and times as text.
   */
  async query<T extends object>(sql: string, params?: readonly unknown[]): Promise<T[]> {
    try {
      const result = await this.#client.query<T>(params === undefined ? sql : { text: sql, values: [...params] });
      return result.rows;
    } catch (error) {
      throw sourceError(error, `querying ${this.#target}`);
    }
  }

  /**
   * Runs a `COPY … TO STDOUT` and passes its bytes to `sink`, in pieces that may end inside a row.
   * Yields after every few pieces and continues when the caller asks. Stop early only by closing
   * the connection.
   */
  async *copyOut(sql: string, sink: CopySink): AsyncGenerator<void, void, undefined> {
    try {
      yield* this.#client.query(new CopyOut(sql, sink)).read();
    } catch (error) {
      throw sourceError(error, `copying from ${this.#target}`);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a session. SOURCE_UNREACHABLE (refused, timed out, no such host, starting up), SOURCE_AUTH,
 * SOURCE_TLS, SOURCE_REFUSED (no such database, no right), BAD_ARGUMENT (not a URL).
 */
export async function connect(source: SourceOptions, session: SessionRole = { role: 'sql' }): Promise<SqlConnection> {
  return reachServer(source, 'connecting to', async ({ address, ssl, must }) => {
    const replication = session.role === 'walsender' ? { replication: 'database' } : {};
    const opening = new pg.Client({ ...clientConfig(source, address, ssl, session), ...replication, types: { getTypeParser } });
    opening.on('error', () => undefined);
    await opening.connect();
    const connection = new SqlConnection(opening, describeAddress(address));
    try {
      await connection.query(firstStatement(session.role));
      await requireServer(connection, { must, address });
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  });
}

type GetTypeParser = typeof pg.types.getTypeParser;
const getTypeParser: GetTypeParser = (oid: Parameters<GetTypeParser>[0], format) =>
  KEPT_AS_TEXT.has(oid) ? (text: string) => text : pg.types.getTypeParser(oid, format);
