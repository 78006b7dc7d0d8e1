/**
 * The read-only SQL endpoint of an embedded warehouse: enough of ClickHouse's HTTP interface for
 * curl, @clickhouse/client, clickhouse-connect and similar clients.
 * In: queries of any process on this machine. Out: bytes in any output format of ClickHouse,
 * streamed with back-pressure.
 * Invariants: nothing is written but what user builder may write (write/writer-door.ts); pages of
 * other machines get no answer, and no program does without the token if there is one; the only
 * limit that can be lifted is the time limit, for processes that know the owner's token. They alone
 * find /build, which writes (builder-door.ts).
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import type { Log } from '../core/log.ts';
import { elapsed } from '../core/time.ts';
import { answerBody } from './answer-body.ts';
import { answerRows } from './answer-rows.ts';
import { BuilderDoor } from './builder-door.ts';
import { clickhouseCodeOf, exceptionOf, raisedHere } from './clickhouse-code.ts';
import { contentType } from './wire/content-type.ts';
import type { Engine, ReadReport } from './engine.ts';
import { newExceptionTag, TAG_HEADER } from './exception-frame.ts';
import { httpStatus } from './wire/http-status.ts';
import { listen } from '../core/listen.ts';
import { requireToken } from '../core/secret.ts';
import { TOKEN_HEADER } from './owner.ts';
import { isOfBuilder, reachedAs, refusalOf, refusalOfBuilder } from './wire/sql-access.ts';
import { readSqlRequest } from './sql-request.ts';
import type { SqlRequest } from './sql-request.ts';
import { WriterDoor } from './write/writer-door.ts';

export interface EndpointOptions {
  /**
   * The requested port; PORT_IN_USE when it is taken. Null: 8123, or any free port when that is
   * taken.
   */
  readonly port: number | null;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Secret that requests of other programs must carry. Default null: none. */
  readonly token?: string | null;
  /** What user builder may write, and its password. Default null: there is no such user. */
  readonly writes?: SqlWrites | null;
  readonly log?: Log;
  /** A client that reads nothing of an answer for this long loses its query. Default 5 min. */
  readonly stalledMs?: number;
}

/** What user builder may do. */
export interface SqlWrites {
  /** Names of databases and globs. */
  readonly databases: readonly string[];
  readonly token: string;
}

export interface Endpoint {
  /** http://<host>:<port>, with 127.0.0.1 for an endpoint that listens on every address. */
  readonly url: string;
  /** Breaks off running answers. */
  close(): Promise<void>;
}

/** What every request needs. */
interface Served {
  readonly engine: Engine;
  readonly door: BuilderDoor;
  readonly token: string | null;
  /** Null: nobody may write. */
  readonly writer: { readonly door: WriterDoor; readonly token: string } | null;
  /** Has a line per read, without values and SQL. */
  readonly log: Log | undefined;
  readonly stalledMs: number;
}

const HOST = '127.0.0.1';
const PORT = 8123;
const STALLED_MS = 5 * 60_000;
/**
 * More connections at once are refused: each is an open file, and the compactor in this process
 * needs some too.
 */
const CONNECTIONS = 400;
/** A client that takes longer to send its request is disconnected. */
const REQUEST_MS = 30_000;
/** The same as ClickHouse's; clients rely on it. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Serves `engine` and announces it in the owner file. Errors: PORT_IN_USE, and BAD_CONFIG for an
 * address that other machines can reach without a token.
 */
export async function serveSql(engine: Engine, options: EndpointOptions): Promise<Endpoint> {
  const { stalledMs = STALLED_MS, host = HOST, token = null, writes = null } = options;
  requireToken('sql', { host, token });
  const writer = writes === null ? null : { door: new WriterDoor(engine, writes.databases), token: writes.token };
  const served = { engine, door: new BuilderDoor(engine), token, writer, log: options.log, stalledMs };
  const server = createServer({ headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS }, (request, response) => {
    handle(served, request, response).catch((error: unknown) => {
      options.log?.debug({ code: clickhouseCodeOf(error) }, 'answer broken off');
      response.destroy();
    });
  });
  server.setTimeout(stalledMs);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = CONNECTIONS;
  const port = await listen(server, { host, port: options.port, usual: PORT });
  const url = `http://${reachedAs(host)}:${port}`;
  await engine.owner?.announce(url, reachedAs(host) === host ? null : `http://${hostname()}:${port}`);
  return { url, close: () => close(server, engine) };
}

async function close(server: Server, engine: Engine): Promise<void> {
  await engine.owner?.announce(null);
  await new Promise((closed) => {
    server.close(closed);
    server.closeAllConnections();
  });
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { engine } = served;
  response.setHeader('X-ClickHouse-Server-Display-Name', 'tailrace');
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  const caller = { headers: request.headers, url, isOurs: isOurs(engine, request) };
  const writer = url.pathname === '/' && !caller.isOurs && isOfBuilder(caller) ? served.writer : null;
  const refusal = writer === null ? refusalOf(served.token, caller) : refusalOfBuilder(writer.token, caller);
  if (refusal !== null) {
    if (refusal.code === 194) response.setHeader('WWW-Authenticate', 'Basic realm="tailrace"');
    return fail(response, raisedHere(refusal.code, refusal.text));
  }
  if (!['GET', 'HEAD', 'POST'].includes(request.method ?? '')) return answer(response, 405, 'GET and POST only\n');
  if (url.pathname === '/ping') {
    if (isOurs(engine, request)) response.setHeader(TOKEN_HEADER, 'known');
    return answer(response, 200, 'Ok.\n');
  }
  const builds = url.pathname === '/build' && isOurs(engine, request);
  if (url.pathname !== '/' && !builds) return answer(response, 404, `There is no handle ${url.pathname}\n`);
  const queryId = url.searchParams.get('query_id') ?? randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', queryId.replace(/[^\x20-\x7e]/g, '?'));
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  if (url.searchParams.get('add_http_cors_header') === '1')
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
  try {
    await (builds ? served.door.answer(url, request, response) : respond(served, { url, door: writer?.door ?? null }, request, response));
  } catch (error) {
    if (response.headersSent) throw error;
    fail(response, error);
  }
}

/** Another tailrace process on this machine: it could read the owner's file. */
function isOurs(engine: Engine, request: IncomingMessage): boolean {
  const token = request.headers[TOKEN_HEADER];
  return typeof token === 'string' && engine.owner?.recognizes(token) === true;
}

/** `door`: the request is of user builder. */
async function respond(served: Served, { url, door }: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await readSqlRequest(request, url);
  if (!sent) return answer(response, 200, 'Ok.\n');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const begunMs = elapsed();
  const asked = door === null ? sent : await write(served, { door, sent, url, request, gone: gone.signal });
  if (asked === null) {
    response.setHeader('X-ClickHouse-Summary', summary(elapsed() - begunMs));
    return answer(response, 200, '');
  }
  const { format, body } = await read(served, asked, { request, gone: gone.signal });
  response.setHeader('Content-Type', contentType(format));
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Summary', summary(elapsed() - begunMs));
  if (asked.read.settings?.['send_progress_in_http_headers'] === '1')
    response.setHeader('X-ClickHouse-Progress', summary(elapsed() - begunMs));
  const tag = newExceptionTag();
  response.setHeader(TAG_HEADER, tag);
  const { blocks, encoding } = asked;
  if (encoding !== null) response.setHeader('Content-Encoding', encoding);
  await answerRows(response, { body, tag, blocks, encoding });
}

interface Asked {
  readonly url: URL;
  readonly door: WriterDoor | null;
}

interface BuilderRequest {
  readonly door: WriterDoor;
  readonly sent: SqlRequest;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly gone: AbortSignal;
}

/** Runs what builder writes: null. What it reads is returned, for the readers' way. */
async function write({ log, stalledMs }: Served, { door, sent, url, request, gone }: BuilderRequest): Promise<SqlRequest | null> {
  request.socket.setTimeout(0);
  try {
    const begunMs = elapsed();
    // As in ClickHouse, a GET only reads.
    const readonly = request.method === 'POST' ? {} : { readonly: '1' };
    const taken = await door.take({ ...sent, read: { ...sent.read, settings: { ...sent.read.settings, ...readonly } } }, url, gone);
    if ('read' in taken) return { ...sent, read: taken.read };
    const { written: tables } = taken;
    if (tables.length > 0)
      log?.info({ tables, ms: Math.round(elapsed() - begunMs), from: request.socket.remoteAddress }, 'tables were written');
    return null;
  } finally {
    request.socket.setTimeout(stalledMs);
  }
}

/**
 * Runs the query and resolves when there is something to send. Until then the client has nothing to
 * read, so no stall is counted.
 */
async function read(
  { engine, stalledMs, log }: Served,
  asked: SqlRequest,
  { request, gone }: { request: IncomingMessage; gone: AbortSignal },
): Promise<{ format: string; body: AsyncIterable<Uint8Array> }> {
  const { revision, waitForEnd } = asked;
  request.socket.setTimeout(0);
  try {
    const begunMs = elapsed();
    const report = ({ tables, rows }: ReadReport): void =>
      log?.info({ tables, rows, ms: Math.round(elapsed() - begunMs), from: request.socket.remoteAddress }, 'tables were read');
    const { format, body } = await engine.read({ ...asked.read, signal: gone, unhurried: isOurs(engine, request), report });
    return { format, body: await answerBody(body, { format, revision, waitForEnd, folder: engine.scratch ?? tmpdir() }) };
  } finally {
    request.socket.setTimeout(stalledMs);
  }
}

/**
 * ClickHouse, too, sends a summary of the work before the result. As there, unknown figures are
 * zero.
 */
function summary(elapsedMs: number): string {
  const zeros = ['read_rows', 'read_bytes', 'written_rows', 'written_bytes', 'total_rows_to_read', 'result_rows', 'result_bytes'];
  return JSON.stringify({ ...Object.fromEntries(zeros.map((name) => [name, '0'])), elapsed_ns: String(Math.round(elapsedMs * 1e6)) });
}

function fail(response: ServerResponse, error: unknown): void {
  const { code, text } = exceptionOf(error);
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  if (!response.req.complete) response.setHeader('Connection', 'close'); // the rest of its body is not read
  answer(response, httpStatus(code), `${text}\n`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(text);
}
