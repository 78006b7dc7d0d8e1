import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { engineError } from './clickhouse-code.ts';
import type { ReadRequest } from './engine.ts';

/** A query as ClickHouse's HTTP interface takes it: https://clickhouse.com/docs/en/interfaces/http */
export interface SqlRequest {
  readonly read: ReadRequest;
  readonly queryId: string | null;
  /** The client reads gzip and asked for it. */
  readonly gzip: boolean;
}

const BODY_BYTES = 8 * 1024 * 1024;
const DEFAULT_FORMAT = 'TabSeparated';
const MULTIPART = 'multipart/form-data';

/** Reads URL, headers and body. Null: no query at all (a client that knocks). Errors are the engine's own, with its codes. */
export async function readSqlRequest(message: IncomingMessage, url: URL): Promise<SqlRequest | null> {
  const fields = new URLSearchParams(url.search);
  const body = await readBody(message);
  const type = message.headers['content-type'] ?? '';
  if (type.startsWith(MULTIPART)) await addForm(fields, type, body);
  const sql = (fields.get('query') ?? '') + (type.startsWith(MULTIPART) ? '' : body.toString('utf8'));
  if (sql.trim() === '') return null;
  if (fields.get('compress') === '1') throw unsupported('compress=1 (use Accept-Encoding, or compress=0 in the driver)');
  const encodings = message.headers['accept-encoding'] ?? '';
  return {
    read: {
      sql,
      format: fields.get('default_format') ?? header(message, 'x-clickhouse-format') ?? DEFAULT_FORMAT,
      params: named(fields, (name) => (name.startsWith('param_') ? name.slice('param_'.length) : null)),
      settings: named(fields, (name) => name),
    },
    queryId: fields.get('query_id'),
    // On loopback compression only costs; clients that would rather have lz4 or zstd are content without.
    gzip: fields.get('enable_http_compression') === '1' && /\bgzip\b/.test(encodings) && !/\b(?:lz4|zstd)\b/.test(encodings),
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const encoding = header(message, 'content-encoding') ?? 'identity';
  if (encoding === 'gzip') return gunzipSync(body, { maxOutputLength: BODY_BYTES });
  if (encoding !== 'identity') throw unsupported(`a request body in ${encoding}`);
  return body;
}

/** Long parameters come as a form; its fields count like those of the URL. */
async function addForm(fields: URLSearchParams, type: string, body: Buffer): Promise<void> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw engineError(36, 'Code: 36. DB::Exception: the form cannot be read. (BAD_ARGUMENTS)');
  });
  for (const [name, value] of form) {
    if (typeof value !== 'string') throw unsupported('external tables');
    fields.append(name, value);
  }
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

function unsupported(what: string): Error {
  return engineError(48, `Code: 48. DB::Exception: ${what} is not supported here. (NOT_IMPLEMENTED)`);
}

function tooLarge(): Error {
  return engineError(307, `Code: 307. DB::Exception: the query is larger than ${BODY_BYTES} bytes. (TOO_MANY_BYTES)`);
}
