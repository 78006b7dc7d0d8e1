import { request as plainRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TailraceError } from '../core/errors.ts';
import { engineError, parseClickhouseCode } from './clickhouse-code.ts';
import type { ReadRequest, ReadResult } from './engine.ts';
import { ExceptionScan, TAG_HEADER } from './exception-frame.ts';
import { TOKEN_HEADER } from './owner.ts';
import { judgeStatement } from './statement.ts';

const READER_SECONDS = '600';

/**
 * One read of a ClickHouse server. Not through its client, which escapes parameters that come escaped already.
 * `server` has no user or password; they are in `headers`. Errors: engine errors, or those of node:http.
 */
export async function readOverHttp(server: URL, headers: Record<string, string>, request: ReadRequest): Promise<ReadResult> {
  const judged = judgeStatement(request.sql);
  if (!judged.ok) throw engineError(judged.code, `Code: ${judged.code}. DB::Exception: ${judged.reason}`);
  const url = new URL(server);
  const limits = TOKEN_HEADER in headers ? {} : { max_execution_time: READER_SECONDS };
  const settings = { join_use_nulls: '1', ...limits, ...request.settings, ...judged.settings, readonly: '1' };
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  if (request.database !== undefined) url.searchParams.set('database', request.database);
  for (const [name, value] of Object.entries(request.params ?? {})) url.searchParams.set(`param_${name}`, value);
  const format = judged.format ?? request.format;
  const response = await post(url, { headers, body: `${judged.body}\nFORMAT ${format}`, signal: request.signal });
  if (response.statusCode === 200) return { format, body: Readable.from(rowsOf(response), { objectMode: false }) };
  const said = (await text(response)).trim();
  const code = parseClickhouseCode(said);
  throw engineError(code, code === null ? `HTTP status ${response.statusCode}` : said);
}

/** The rows in a body; a failure that its end tells of is thrown, an answer that just ends too early is WAREHOUSE_UNAVAILABLE. */
async function* rowsOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const tag = response.headers[TAG_HEADER.toLowerCase()];
  const scan = new ExceptionScan(typeof tag === 'string' ? tag : null);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield scan.take(chunk);
  } catch (error) {
    const brokenOff = new TailraceError('WAREHOUSE_UNAVAILABLE', 'the answer ended before it was whole', { cause: error });
    throw scan.failure() ?? brokenOff;
  }
  // Without a marker, a body that came to its end is whole, whatever its rows look like.
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
