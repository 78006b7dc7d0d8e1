/**
 * The process that owns a chDB directory. It has one thread and several sessions: one applies, some
 * answer trusted queries, one kills. Every untrusted read and every statement of a builder gets new
 * sessions (2 ms each), so that no reader's settings affect another.
 * In: ChildRequest over the channel. Out: ChildReply, and results of reads, written into named
 * pipes that the parent reads. When the channel closes the parent is dead, and the child kills
 * itself with SIGKILL: an exit would wait for running queries and keep the directory locked.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Chdb from 'chdb';
import type { Session } from 'chdb';
import { sql } from '../warehouse-sql/load.ts';
import type { ChildOptions, ChildReply, ChildRequest, EndedRead } from './child-protocol.ts';
import { CLICKHOUSE, parseClickhouseCode, exceptionText } from './clickhouse-code.ts';
import { calledIn, deniedFunctions } from './denied-function.ts';
import { brokenDefinitions, hasRoom, isDefinition, removeBroken } from './disk/definition-files.ts';
import { Lane } from './lane.ts';
import { literalCh } from './names.ts';
import { SyntaxTree } from './select/syntax-tree.ts';
import { PRIORITY, S3_ATTEMPTS, settingsSql, STATEMENT_LIMITS } from './engine-limits.ts';
import type * as ShortSessions from './short-session.ts';
import type { ShortSession } from './short-session.ts';

const CHUNK_BYTES = 256 * 1024;
/** What our own statements mean, as warehouse/http-engine.ts has it for a server. */
const MEANING = {
  async_insert: 0,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
};
/** Settings of every statement of ours. */
const SHARED = settingsSql({ ...STATEMENT_LIMITS, s3_retry_attempts: S3_ATTEMPTS, ...MEANING });
const KILL_AGAIN_MS = 50;
const KILL_AGAIN_MOST_MS = 2_000;
const options: ChildOptions = JSON.parse(process.argv[2] ?? '{}');

// Files hold rows, and the keys of a lake on S3: only this user may read them, even in a folder
// that another user created.
process.umask(0o077);
process.on('disconnect', dieWithParent);
if (!process.connected) dieWithParent(); // it went before anybody listened
// A terminal signals the whole process group, but only the parent decides when the engine stops.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const sessions: Session[] = [];
const running = new Set<Promise<void>>();
/** Running reads and builds, by tag. */
const tagged = new Map<string, Promise<void>>();
let closing = false;

const [{ Session: NewSession, drainPending }, { ShortSession: NewShortSession }] = await loadEngine();
try {
  serve(openSessions());
  reply({ kind: 'ready' });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const code = parseClickhouseCode(message);
  if (code !== CLICKHOUSE.cannotOpenFile) removeBrokenOff();
  reply({ kind: 'unopened', code, message });
}

/** The next process can open the directory, if broken definitions were the reason. */
function removeBrokenOff(): void {
  const removed = removeBroken(options.directory);
  if (removed.length > 0) process.stderr.write(`removed definitions that were broken off on a full disk: ${removed.join(', ')}\n`);
}

/**
 * The package of the engine, which an installation for a server does not have. If it does not load,
 * the parent gets the reason, and this process ends.
 */
async function loadEngine(): Promise<[typeof Chdb, typeof ShortSessions]> {
  try {
    return await Promise.all([import('chdb'), import('./short-session.ts')]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    reply({ kind: 'unloaded', message: isMissing ? 'the package chdb is not installed' : message }, () => process.exit(1));
    return new Promise(() => {});
  }
}

function dieWithParent(): void {
  rmSync(options.pipes, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
}

interface Lanes {
  readonly apply: Lane<Session>;
  readonly queries: Lane<Session>;
  readonly control: Lane<Session>;
  /** Functions that readers may not call, lower case. */
  readonly denied: ReadonlySet<string>;
}

function openSessions(): Lanes {
  const bytes = options.memoryBytes;
  const first = new NewSession(options.directory, {
    connectionArgs: [
      `--max_server_memory_usage=${bytes}`,
      '--mark_cache_size=33554432',
      '--index_mark_cache_size=8388608',
      '--uncompressed_cache_size=0',
      '--index_uncompressed_cache_size=0',
      '--primary_index_cache_size=33554432',
      '--mmap_cache_size=0',
      '--memory_worker_period_ms=1000',
      '--asynchronous_metrics_update_period_s=60',
      '--background_processing_pool_task_sleep_seconds_when_no_work_multiplier=2',
      // Dropped tables are never restored. The default of 8 minutes keeps thousands in memory.
      '--database_atomic_delay_before_drop_table_sec=5',
    ],
  });
  sessions.push(first);
  const open = (tag: string, share: number, session = new NewSession(options.directory)): Session => {
    if (session !== first) sessions.push(session);
    session.query(
      `SET log_comment=${literalCh(tag)}, max_memory_usage=${Math.floor(bytes * share)}, priority=${PRIORITY.compactor}, ${SHARED}`,
    );
    return session;
  };
  return {
    apply: new Lane([open('tailrace-apply', 0.8, first)]),
    queries: new Lane(Array.from({ length: options.querySessions }, (_, i) => open(`tailrace-query-${i}`, 0.5))),
    control: new Lane([open('tailrace-control', 0.1)]),
    denied: deniedFunctions(first.query(sql('table-functions'), 'TSVRaw').trim().split('\n')),
  };
}

function serve(lanes: Lanes): void {
  process.on('message', (request: ChildRequest) => {
    if (request.op === 'close') {
      void close(request.id, lanes);
      return;
    }
    const work = answer(request, lanes).finally(() => running.delete(work));
    running.add(work);
  });
}

async function answer(request: ChildRequest, lanes: Lanes): Promise<void> {
  try {
    await perform(request, lanes);
    reply({ kind: 'done', id: request.id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ kind: 'failed', id: request.id, code: parseClickhouseCode(message), message });
  }
}

async function perform(request: ChildRequest, lanes: Lanes): Promise<void> {
  if (closing) throw new Error(exceptionText(CLICKHOUSE.aborted, 'the warehouse is closing. (ABORTED)'));
  switch (request.op) {
    case 'exec':
      await lanes.apply.run((session) => defining([request.sql], () => session.queryAsync(request.sql, { format: 'Null' })));
      return;
    case 'query': {
      const result = await lanes.queries.run((session) => session.queryAsync(request.sql, { format: 'JSONEachRow' }));
      sendRows(request.id, result.bytes());
      return;
    }
    case 'build':
      await tracked(
        request.tag,
        defining(request.statements, () => build(request)),
      );
      return;
    case 'read':
      await tracked(
        request.tag,
        read(request, lanes.denied).then((ended) => sendRows(request.id, Buffer.from(JSON.stringify(ended)))),
      );
      return;
    case 'kill': {
      const work = tagged.get(request.tag);
      if (work) await end(work, lanes.control, `= ${literalCh(request.tag)}`);
      return;
    }
    case 'close':
      return;
  }
}

/**
 * Runs statements; those that write definitions only while there is room for them. If the disk is
 * full afterwards and a definition was broken off, this process ends: the next one does without it.
 */
async function defining<T>(statements: readonly string[], run: () => Promise<T>): Promise<T> {
  if (!statements.some(isDefinition)) return run();
  const { directory } = options;
  if (!(await hasRoom(directory)))
    throw new Error(exceptionText(CLICKHOUSE.notEnoughSpace, `no room in ${directory} for a definition. (NOT_ENOUGH_SPACE)`));
  const result = await run();
  const broken = (await hasRoom(directory)) ? [] : brokenDefinitions(directory);
  if (broken.length === 0) return result;
  process.stderr.write(`there was no room for ${broken.join(', ')}\n`, () => process.kill(process.pid, 'SIGKILL'));
  return new Promise(() => {});
}

/** Throws what refuses the statement; the failure of one that began is part of its end. */
async function read(request: Extract<ChildRequest, { op: 'read' }>, denied: ReadonlySet<string>): Promise<EndedRead> {
  let tables: string[] = [];
  await inSession(request.vet, async (session) => {
    if (request.check === null) return;
    const tree = (await session.query(request.check, 'TSVRaw')).text();
    const name = calledIn(tree).find((called) => denied.has(called));
    if (name !== undefined) throw new Error(exceptionText(CLICKHOUSE.readonly, `${name}() reaches outside the warehouse. (READONLY)`));
    tables = new SyntaxTree(tree.split('\n')).texts('TableIdentifier');
  });
  try {
    const { rowsRead } = await inSession(request.setup, (session) => session.query(request.sql));
    return { tables, rows: rowsRead, failure: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { tables, rows: null, failure: { code: parseClickhouseCode(message), message } };
  }
}

/** Statements of a builder. */
async function build({ id, tag, settings, statements, rows }: Extract<ChildRequest, { op: 'build' }>): Promise<void> {
  await inSession([`SET log_comment=${literalCh(tag)}, ${SHARED}, ${settings}`], async (session) => {
    for (const statement of statements) {
      const result = await session.query(statement, rows ? 'JSONEachRow' : 'Null');
      if (rows) sendRows(id, result.bytes());
    }
  });
}

function sendRows(id: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) reply({ kind: 'chunk', id, bytes: bytes.subarray(at, at + CHUNK_BYTES) });
}

/** Runs `work` in a new session, after the statements of `setup`. */
async function inSession<T>(setup: readonly string[], work: (session: ShortSession) => Promise<T>): Promise<T> {
  const session = new NewShortSession(options.directory);
  try {
    for (const statement of setup) await session.query(statement, 'Null');
    return await work(session);
  } finally {
    session.close();
  }
}

async function tracked(tag: string, work: Promise<void>): Promise<void> {
  tagged.set(tag, work);
  try {
    await work;
  } finally {
    tagged.delete(tag);
  }
}

/**
 * Kills the statements whose tag compares like this, until `work`, which issues them, has settled.
 */
async function end(work: Promise<unknown>, control: Lane<Session>, tag: string): Promise<void> {
  const over = work.then(
    () => true,
    () => true,
  );
  for (let pauseMs = KILL_AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, KILL_AGAIN_MOST_MS)) {
    await control.run((session) => session.queryAsync(sql('end-tagged', { tag })));
    // A read has several statements: one that begins after the kill is killed in the next round.
    // Some do not end before they get what they wait for.
    if (await Promise.race([over, sleep(pauseMs, false)])) return;
  }
}

async function close(id: number, lanes: Lanes): Promise<void> {
  closing = true;
  await end(Promise.all(running), lanes.control, "!= 'tailrace-control'");
  for (const session of sessions) session.close();
  await drainPending();
  reply({ kind: 'done', id }, () => process.exit(0));
}

function reply(message: ChildReply, sent?: () => void): void {
  process.send?.(message, undefined, {}, () => sent?.());
}
