import { request as plainRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TailraceError } from '../core/errors.ts';
import { engineError, parseClickhouseCode, raisedHere } from './clickhouse-code.ts';
import type { ReadRequest, ReadResult } from './engine.ts';
import { ExceptionScan, TAG_HEADER } from './exception-frame.ts';
import { SERVER_READ_SETTINGS } from './insert-settings.ts';
import { literalCh, quoteCh } from './names.ts';
import { TOKEN_HEADER } from './owner.ts';
import { sortSettings } from './reader-settings.ts';
import { judgeStatement } from './statement.ts';
import { READER_SECONDS } from './engine-limits.ts';

/** Limits of a read on a server; the server's own profile bounds the memory. */
const LIMITS = { memoryBytes: 0, executionSeconds: READER_SECONDS };

/**
 * One read on a ClickHouse server. It does not use the ClickHouse client, which would escape
 * parameters that are escaped already. `server` has no user or password; they are in `headers`.
 * Errors: engine errors, or those of node:http.
 */
export async function readOverHttp(server: URL, headers: Record<string, string>, request: ReadRequest): Promise<ReadResult> {
  const judged = judgeStatement(request.sql);
  if (!judged.ok) throw raisedHere(judged.code, judged.reason);
  const url = new URL(server);
  const asked = { ...request.settings, ...judged.settings };
  // Our endpoint sorts the settings itself. A server judges those in the statement after `readonly
  // = 1`, by name.
  const isOurs = TOKEN_HEADER in headers;
  const sorted = isOurs ? { honoured: asked, judged: {} } : sortSettings(asked, LIMITS);
  const limits = isOurs || request.unhurried === true ? {} : { max_execution_time: String(LIMITS.executionSeconds) };
  const settings = { join_use_nulls: '1', ...(isOurs ? {} : SERVER_READ_SETTINGS), ...limits, ...sorted.honoured, readonly: '1' };
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  if (request.database !== undefined) url.searchParams.set('database', request.database);
  for (const [name, value] of Object.entries(request.params ?? {})) url.searchParams.set(`param_${name}`, value);
  const format = judged.format ?? request.format;
  const response = await post(url, {
    headers,
    body: `${judged.body}${settingsClause(sorted.judged)}\nFORMAT ${format}`,
    signal: request.signal,
  });
  if (response.statusCode === 200) return { format, body: Readable.from(rowsOf(response), { objectMode: false }) };
  const said = (await text(response)).trim();
  const code = parseClickhouseCode(said);
  throw engineError(code, code === null ? `HTTP status ${response.statusCode}` : said);
}

function settingsClause(settings: Readonly<Record<string, string>>): string {
  const texts = Object.entries(settings).map(([name, value]) => `${quoteCh(name)} = ${literalCh(value)}`);
  return texts.length === 0 ? '' : `\nSETTINGS ${texts.join(', ')}`;
}

/**
 * The rows of a body. Throws the failure that the end of the body reports, or WAREHOUSE_UNAVAILABLE
 * when the body ends too early. A failed answer ends with a broken connection.
 */
export async function* rowsOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const tag = response.headers[TAG_HEADER.toLowerCase()];
  const scan = new ExceptionScan(typeof tag === 'string' ? tag : null);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield scan.take(chunk);
  } catch (error) {
    // Iterating ends at once when the connection does, and leaves what had arrived by then.
    for (let left = response.read() as Buffer | null; left !== null; left = response.read() as Buffer | null) yield scan.take(left);
    const brokenOff = new TailraceError('WAREHOUSE_UNAVAILABLE', 'the answer ended before it was complete', { cause: error });
    throw scan.failure() ?? brokenOff;
  }
  // Without a marker, a body that reached its end is complete, even if its rows look like an error.
  const failure = typeof tag === 'string' ? scan.failure() : null;
  if (failure !== null) throw failure;
  yield scan.rest();
}

function post(
  url: URL,
  options: { headers: Record<string, string>; body: string; signal: AbortSignal | undefined },
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers: options.headers, ...(options.signal ? { signal: options.signal } : {}) }, resolve)
      .on('error', reject)
      .end(options.body);
  });
}
