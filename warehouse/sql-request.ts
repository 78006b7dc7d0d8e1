import type { IncomingMessage } from 'node:http';
import { raisedHere } from './clickhouse-code.ts';
import { blockMethod } from './wire/clickhouse-frame.ts';
import type { BlockMethod } from './wire/clickhouse-frame.ts';
import { chooseEncoding } from './wire/content-encoding.ts';
import type { ContentEncoding } from './wire/content-encoding.ts';
import type { ReadRequest } from './engine.ts';
import { WITH_LOW_CARDINALITY } from './native-revision.ts';
import { readRequestBody, unsupported } from './request-body.ts';

/**
 * A query as ClickHouse's HTTP interface takes it: https://clickhouse.com/docs/en/interfaces/http
 */
export interface SqlRequest {
  readonly read: ReadRequest;
  /** Compression of the answer that the client asked for and reads; null: none. */
  readonly encoding: ContentEncoding | null;
  /** The answer uses ClickHouse's own compression; null: it does not. */
  readonly blocks: BlockMethod | null;
  /** Protocol revision of the Native format that the client reads; 0: the plain format. */
  readonly revision: number;
  /** The answer begins when the query has ended, so that the HTTP status is that of the query. */
  readonly waitForEnd: boolean;
  /** Query and body as they came, for rows that follow the words of an INSERT. */
  readonly sent: { readonly query: string; readonly body: Buffer };
}

const DEFAULT_FORMAT = 'TabSeparated';
/**
 * Fields of a URL that are not settings. The endpoint has no users, so any name is accepted, and
 * wire/sql-access.ts looks at the password. Its sessions have no state, since nothing is written
 * and no setting outlasts its query: every session exists already and never ends.
 */
const FIELDS: ReadonlySet<string> = new Set(
  [
    'query query_id default_format database client_protocol_version wait_end_of_query buffer_size',
    'compress decompress network_compression_method network_zstd_compression_level',
    'enable_http_compression http_zlib_compression_level add_http_cors_header',
    'user password quota_key role stacktrace session_id session_timeout session_check close_session',
  ].flatMap((names) => names.split(' ')),
);

/**
 * Reads URL, headers and body. Null: there is no query, as when a client only tests the connection.
 * Errors are the engine's own, with its codes.
 */
export async function readSqlRequest(message: IncomingMessage, url: URL): Promise<SqlRequest | null> {
  const fields = new URLSearchParams(url.search);
  const body = await readRequestBody(message, isOn(fields.get('decompress')));
  for (const [name, value] of body.fields) fields.append(name, value);
  const query = fields.get('query') ?? '';
  const sql = query + body.sql;
  if (sql.trim() === '') return null;
  refuseFields(fields);
  const database = fields.get('database') ?? header(message, 'x-clickhouse-database') ?? '';
  const revision = Number(fields.get('client_protocol_version') ?? 0);
  const settings = named(fields, (name) => (FIELDS.has(name) || name.startsWith('param_') ? null : name));
  return {
    read: {
      sql,
      format: fields.get('default_format') ?? header(message, 'x-clickhouse-format') ?? DEFAULT_FORMAT,
      params: named(fields, (name) => (name.startsWith('param_') ? name.slice('param_'.length) : null)),
      settings: revision > 0 && revision < WITH_LOW_CARDINALITY ? { low_cardinality_allow_in_native_format: '0', ...settings } : settings,
      ...(database === '' ? {} : { database }),
    },
    encoding: isOn(fields.get('enable_http_compression')) ? chooseEncoding(header(message, 'accept-encoding') ?? '') : null,
    blocks: isOn(fields.get('compress')) ? methodOf(fields) : null,
    revision,
    waitForEnd: isOn(fields.get('wait_end_of_query')),
    sent: { query, body: body.bytes },
  };
}

/** Refuses by name every field that would change the answer and is not supported. */
function refuseFields(fields: URLSearchParams): void {
  const role = fields.getAll('role').find((name) => name !== '');
  if (role !== undefined) throw unsupported(`the role ${role}`);
  if (isOn(fields.get('stacktrace'))) throw unsupported('stacktrace=1');
  if (isOn(fields.get('session_check'))) throw raisedHere(372, 'there are no sessions here. (SESSION_NOT_FOUND)');
  const revision = fields.get('client_protocol_version');
  if (revision !== null && !/^\d{1,9}$/.test(revision)) throw unsupported(`client_protocol_version=${revision}`);
}

function methodOf(fields: URLSearchParams): BlockMethod {
  const name = fields.get('network_compression_method') ?? 'LZ4';
  const method = blockMethod(name);
  if (method === null) throw unsupported(`network_compression_method=${name}`);
  return method;
}

function isOn(value: string | null): boolean {
  return value === '1' || value?.toLowerCase() === 'true';
}

function named(fields: URLSearchParams, nameOf: (name: string) => string | null): Record<string, string> {
  return Object.fromEntries(
    [...fields].flatMap(([field, value]) => {
      const name = nameOf(field);
      return name === null ? [] : [[name, value]];
    }),
  );
}

function header(message: IncomingMessage, name: string): string | null {
  const value = message.headers[name];
  return typeof value === 'string' ? value : null;
}
