/** The process behind startClickhouse: node:http over chDB sessions, one per request. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Session } from 'chdb';
import { buffer } from 'node:stream/consumers';
import { parseClickhouseCode } from '../../../warehouse/clickhouse-code.ts';
import { literalCh, quoteCh } from '../../../warehouse/names.ts';
import { ClusterMember } from '../cluster/cluster-member.ts';
import type { FrontOptions } from './clickhouse-front.ts';
import { LaggingReplicas, LostAnswer } from './lagging-replicas.ts';

/** Status, body, ClickHouse error code. */
type Answer = [number, Uint8Array, number | null];

const { directory, password, nodes, ignored, settings: serverSettings, host, port } = JSON.parse(process.argv[2] ?? '') as FrontOptions;
const data = join(directory, 'data');
const keeper = new Session(data, { connectionArgs: ['--max_server_memory_usage=900000000', ...serverSettings] });
const NOT_SETTINGS =
  /^(?:query|query_id|param_\w+|database|default_format|session_id|enable_http_compression|wait_end_of_query)$|^(?:send_progress|http_)/;

/** The nodes, when the server has several. */
const replicas = nodes === 'several' ? new LaggingReplicas(run) : null;
/** This node, when it is one of a cluster. */
const member = typeof nodes === 'object' ? await ClusterMember.join(run, nodes) : null;

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const server = createServer((request, response) => {
  void answer(request)
    .catch((error: unknown): Answer | null => {
      if (error instanceof LostAnswer) return null;
      const text = error instanceof Error ? error.message : String(error);
      return [500, Buffer.from(text), parseClickhouseCode(text) ?? 1000];
    })
    .then((answered) => {
      if (answered === null) return request.socket.destroy();
      const [status, bytes, code] = answered;
      if (code !== null) response.setHeader('X-ClickHouse-Exception-Code', code);
      return response.writeHead(status).end(bytes);
    });
});
server.listen(port, host, () => {
  const address = server.address();
  if (keeper.open && typeof address === 'object' && address !== null) process.send?.(address.port);
});

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://front');
  const body = await buffer(request);
  if (url.pathname === '/ping') return [200, Buffer.from('Ok.\n'), null];
  const inUrl = url.searchParams.get('query');
  if (url.pathname === '/others') {
    // A URL table asks first how much there is.
    if (request.method === 'HEAD' || member === null) return [200, new Uint8Array(), null];
    const rows = member.ofOthers(url.searchParams.get('cluster') ?? '', inUrl ?? '');
    // The engine asks ten times if the status is 500.
    return rows.then(
      (bytes): Answer => [200, bytes, null],
      (error: unknown): Answer => [400, Buffer.from(String(error)), null],
    );
  }
  if (request.headers.authorization !== `Basic ${Buffer.from(`writer:${password}`).toString('base64')}`) {
    return [403, Buffer.from('Code: 516. DB::Exception: writer: Authentication failed. (AUTHENTICATION_FAILED)\n'), 516];
  }
  const sql = inUrl === null ? body.toString() : await withBody(inUrl, body);
  for (const name of ignored) url.searchParams.delete(name);
  const before = settings(url.searchParams);
  const asked = { sql, params: url.searchParams, settings: before, hasBody: inUrl !== null };
  if (member !== null) return [200, await member.answer(asked), null];
  if (replicas === null) return [200, await run(sql, before), null];
  if (url.pathname === '/lose') replicas.lose(Number(url.searchParams.get('statements')));
  else if (url.pathname === '/land') await replicas.land();
  else return [200, await replicas.answer(asked), null];
  return [200, new Uint8Array(), null];
}

/** One statement in a session of its own. */
async function run(sql: string, before: readonly string[] = []): Promise<Uint8Array> {
  const session = new Session(data);
  try {
    for (const statement of before) await session.queryAsync(statement);
    return (await session.queryAsync(bySession(sql), { format: 'TabSeparated' })).bytes();
  } finally {
    session.close();
  }
}

/**
 * A session has no query id, so the id of a request is kept as its `log_comment`. One session that
 * waits for the end of a statement of another one never returns, so a KILL does not wait.
 */
function bySession(sql: string): string {
  if (!/\bsystem\.processes\b|^\s*KILL\b/.test(sql)) return sql;
  return sql.replace(/\bquery_id\b(?=,)/g, "Settings['log_comment']").replace(/\bSYNC$/, 'ASYNC');
}

/** `INSERT … FORMAT Arrow` (or Native) and its body → the same INSERT from a file. */
async function withBody(sql: string, body: Buffer): Promise<string> {
  const [, insert, format] = /^([\s\S]*?)\s*FORMAT\s+(Arrow|Native)\s*$/i.exec(sql) ?? [];
  if (insert === undefined || format === undefined || !/^\s*INSERT\b/i.test(insert)) return sql + body.toString();
  const path = join(directory, `${randomUUID()}.body`);
  await writeFile(path, body);
  const file = `file(${literalCh(path)}, ${literalCh(format)}`;
  if (/\binput\s*\(/i.test(insert)) return insert.replace(/\binput\s*\(/i, `${file}, `);
  return `${insert} SELECT * FROM ${file})`;
}

/**
 * Parameters and settings of the URL as one statement, because each costs a session about as much
 * as a small query. readonly comes after it, because nothing can be set then.
 */
function settings(params: URLSearchParams): string[] {
  const all = [...params];
  const parameters = all.filter(([name]) => name.startsWith('param_'));
  const others = all.filter(([name]) => name !== 'readonly' && !NOT_SETTINGS.test(name));
  const id = params.get('query_id');
  const named: [string, string][] = id === null ? [] : [['log_comment', id]];
  const last = all.filter(([name]) => name === 'readonly');
  return [[...parameters, ...named, ...others], last].filter((some) => some.length > 0).map(setAll);
}

function setAll(values: readonly (readonly [string, string])[]): string {
  return `SET ${values.map(([name, value]) => `${quoteCh(name)} = ${literalCh(value)}`).join(', ')}`;
}
