/**
 * The writer's door: what user builder may send to the endpoint of an embedded warehouse, so that
 * dbt can build in databases of its own.
 * In: requests whose sender has shown sqlWriteToken. Out: statements that the engine runs.
 * Invariants: nothing is written outside the databases of sqlWrites. What a statement does is
 * judged by its words (write-shape.ts) and by the engine's parser (write-tree.ts), and both must
 * agree. The text that runs was put together from the words that were judged. A sender that
 * disconnects ends its statement, which yields to the compactor and has limits of its own.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsed } from '../../core/time.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { raisedHere } from '../clickhouse-code.ts';
import { deniedFunctions } from '../denied-function.ts';
import type { Engine, ReadRequest } from '../engine.ts';
import { Lane } from '../lane.ts';
import { literalCh, quoteCh } from '../names.ts';
import { nameChains } from '../select/name-chain.ts';
import { assignments, parameters } from '../reader-plan.ts';
import { SyntaxTree } from '../select/syntax-tree.ts';
import type { SqlRequest } from '../sql-request.ts';
import { answerLines } from '../wire/answer-lines.ts';
import { RefusedError } from './statement-cursor.ts';
import { BUILDER_MARK, WritableDatabases } from './writable-databases.ts';
import { forReads, requireAllowed, WRITE_LIMITS } from './write-settings.ts';
import { shapeOf } from './write-shape.ts';
import type { InsertedRows, WriteShape } from './write-shape.ts';
import { judgeTree, judgeValues } from './write-tree.ts';
import { WriterSessions } from './writer-sessions.ts';

/** Statements of builder at the same time; models have the other places of the engine. */
const WRITES = 2;

/** A statement to be read in the readers' way, or the tables and databases that were written. */
export type Taken = { readonly read: ReadRequest } | { readonly written: readonly string[] };

/** Serves one endpoint. */
export class WriterDoor {
  readonly #engine: Engine;
  readonly #databases: WritableDatabases;
  readonly #sessions = new WriterSessions();
  readonly #lane = new Lane(Array.from({ length: WRITES }, (_, place) => String(place)));
  #denied: Promise<ReadonlySet<string>> | null = null;

  /** `databases`: names and globs of sqlWrites. */
  constructor(engine: Engine, databases: readonly string[]) {
    this.#engine = engine;
    this.#databases = new WritableDatabases(engine, databases);
  }

  /** Runs a statement that writes. Errors are the engine's, with its codes. */
  async take(asked: SqlRequest, url: URL, signal: AbortSignal): Promise<Taken> {
    try {
      return await this.#take(asked, url, signal);
    } catch (error) {
      throw error instanceof RefusedError ? raisedHere(error.code, error.message) : error;
    }
  }

  async #take({ read, sent }: SqlRequest, url: URL, signal: AbortSignal): Promise<Taken> {
    const { database = 'default', settings = {}, params = {} } = read;
    const shaped = shapeOf(textOf(sent, read), database);
    if (shaped.kind === 'read') return { read: { ...read, sql: withOpenSettings(read.sql), settings: forReads(settings) } };
    if (['1', '2'].includes(settings['readonly'] ?? ''))
      throw new RefusedError(164, 'the request says readonly, or is no POST. (READONLY)');
    const session = url.searchParams.get('session_id');
    const now = { nowMs: elapsed(), seconds: Number(url.searchParams.get('session_timeout')) || null };
    if (shaped.kind === 'set') {
      this.#sessions.set(session, shaped.settings, now);
      return { written: [] };
    }
    const given = { ...this.#sessions.settings(session, now), ...requireAllowed(settings) };
    await this.#databases.require([...new Set([...shaped.targets, ...shaped.copied].map((place) => place.database))]);
    const setup = [...assignments(given), ...assignments(parameters(params))];
    await this.#judge(shaped, setup, signal);
    // A database that is created need not be there yet. In `default` a name that stands alone might
    // be that of a file (write-tree.ts).
    const use = isOfDatabase(shaped) ? [] : [`USE ${quoteCh(database === 'default' ? 'system' : database)}`];
    await this.#lane.run(() => this.#run(shaped, { setup: [...use, ...setup], sent, signal }));
    return { written: shaped.targets.map((place) => (place.table === null ? place.database : `${place.database}.${place.table}`)) };
  }

  /** Throws RefusedError, or what the engine's parser finds wrong. */
  async #judge(shape: WriteShape, setup: readonly string[], signal: AbortSignal): Promise<void> {
    const { rows } = shape;
    const text = rows === null ? shape.sql : `${shape.sql}${rows.settings} FORMAT ${rows.format}`;
    const denied = await this.#deniedFunctions();
    // It cannot be readonly: the settings of the statement are in force while it is explained.
    judgeTree(await this.#tree([...setup, `EXPLAIN AST ${text}`], signal), shape, denied);
    if (rows?.values !== undefined && rows.values !== null)
      judgeValues(
        await this.#tree([...setup, 'SET readonly = 1', sql('reader-tree', { select: `SELECT ${rows.values}` })], signal),
        denied,
      );
  }

  async #tree(statements: readonly string[], signal: AbortSignal): Promise<SyntaxTree> {
    const bytes = await this.#engine.build?.({ as: 'rows', statements, limits: WRITE_LIMITS, signal });
    return new SyntaxTree(answerLines<{ explain: string }>(bytes ?? new Uint8Array()).map(({ explain }) => explain));
  }

  async #run(
    shape: WriteShape,
    { setup, sent, signal }: { setup: readonly string[]; sent: SqlRequest['sent']; signal: AbortSignal },
  ): Promise<void> {
    const run = async (statement: string): Promise<void> =>
      void (await this.#engine.build?.({ as: 'write', statements: [...setup, statement], limits: WRITE_LIMITS, signal }));
    if (shape.rows === null)
      return run(isOfDatabase(shape) && shape.root === 'CreateQuery' ? `${shape.sql} COMMENT ${literalCh(BUILDER_MARK)}` : shape.sql);
    const { scratch = tmpdir() } = this.#engine;
    // INFILE takes these signs for a pattern.
    const folder = /[*?{}]/.test(scratch) ? tmpdir() : scratch;
    const path = join(folder, `rows-${randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await writeFile(path, bytesOf(shape.rows, sent), { mode: 0o600 });
      await run(`${shape.sql} FROM INFILE ${literalCh(path)} COMPRESSION 'none'${shape.rows.settings} FORMAT ${shape.rows.format}`);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #deniedFunctions(): Promise<ReadonlySet<string>> {
    this.#denied ??= this.#engine
      .query<{ name: string }>(sql('table-functions'))
      .then((rows) => deniedFunctions(rows.map(({ name }) => name)));
    this.#denied.catch(() => (this.#denied = null));
    return this.#denied;
  }
}

/** The words and, behind those of an INSERT, its rows. */
function textOf({ query, body }: SqlRequest['sent'], { sql: text }: ReadRequest): string {
  return query === '' || body.length === 0 ? text : `${query}\n${body.toString('utf8')}`;
}

/**
 * The rows of an INSERT. In one text with the words they begin after the first line break behind
 * them, or after blanks; a body of its own is rows from its first byte.
 */
function bytesOf({ behind, values }: InsertedRows, { query, body }: SqlRequest['sent']): Buffer {
  if (behind === null) return Buffer.from(values ?? '');
  const inQuery = query.slice(behind).replace(FIRST_BREAK, '');
  if (query !== '' && behind <= query.length) return inQuery === '' ? body : Buffer.concat([Buffer.from(inQuery), body]);
  // The words are text, so as many bytes stand before the rows as they have in UTF-8.
  const words = query === '' ? behind : behind - query.length - 1;
  const text = body.toString('utf8');
  const head = text.slice(0, words) + (FIRST_BREAK.exec(text.slice(words))?.[0] ?? '');
  if (head.includes('\uFFFD')) throw new RefusedError(62, 'the statement is not UTF-8. (SYNTAX_ERROR)');
  return body.subarray(Buffer.byteLength(head));
}

const FIRST_BREAK = /^[ \t\r\v\f]*\n?/;

function isOfDatabase({ targets }: WriteShape): boolean {
  return targets.every(({ table }) => table === null);
}

/** clickhouse-connect sends no setting that this table calls readonly; for builder none is. */
function withOpenSettings(text: string): string {
  let open = '';
  let done = 0;
  for (const { parts, start, second } of nameChains(text)) {
    if (parts.join('.').toLowerCase() !== 'system.settings') continue;
    open += `${text.slice(done, start)}(SELECT * REPLACE (toUInt8(0) AS readonly) FROM system.settings)`;
    done = second;
  }
  return open + text.slice(done);
}
