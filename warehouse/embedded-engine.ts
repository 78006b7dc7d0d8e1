import { access, constants, mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { working } from '../core/loop.ts';
import { answerLines } from './wire/answer-lines.ts';
import type { EndedRead } from './child-protocol.ts';
import { clickhouseCodeOf, engineError, raisedHere } from './clickhouse-code.ts';
import type { BuildCall, Engine, ReadRequest, ReadResult } from './engine.ts';
import { EngineProcess } from './engine-process.ts';
import type { EngineCall } from './engine-process.ts';
import { Lane } from './lane.ts';
import type { Owner } from './owner.ts';
import { PipePool } from './pipe-pool.ts';
import type { Pipe, PoolPatience } from './pipe-pool.ts';
import { ReadGate } from './read-gate.ts';
import { planRead } from './reader-plan.ts';
import type { ReaderLimits } from './reader-plan.ts';
import { namedTables } from './select/select-tables.ts';
import { buildSettings, READER_SECONDS, settingsSql } from './engine-limits.ts';

export interface EmbeddedOptions {
  /** Absolute path of the warehouse; created when it is missing. */
  readonly directory: string;
  readonly log: Log;
  /** Memory limit of the whole engine. */
  readonly memoryBytes?: number;
  readonly readers?: Partial<ReaderLimits>;
  /** Patience with readers that take nothing and with abandoned queries. */
  readonly patience?: Partial<PoolPatience>;
  /** A move of views takes a query without rows for planned after this time. Default 2 s. */
  readonly plannedMs?: number;
  /** It finds the AWS role or keys of this process by itself. Default: it knows none. */
  readonly ownRole?: boolean;
}

/** The whole product may use 1.5 GB; the other roles take about 0.5 of it. */
const MEMORY_BYTES = 900 * 1024 * 1024;
/** Untrusted reads at the same time; further ones wait. */
const READS = 8;
const QUERY_SESSIONS = 4;
/** Statements of builders at the same time, beside those that run together; further ones wait. */
const BUILDS = 4;
const CLOSE_MS = 10_000;

/** The caller of a read: only the first of the two calls counts. */
interface Caller {
  readonly begun: (result: ReadResult) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * chDB in a child process. When the child dies, the calls in flight fail with
 * WAREHOUSE_UNAVAILABLE; the next call starts another child.
 */
export class EmbeddedEngine implements Engine {
  readonly traits = { ownsDirectory: true, readsLocalFiles: true, diesAlone: true };
  readonly directory: string;
  owner: Owner | null = null;
  readonly #log: Log;
  readonly #limits: ReaderLimits;
  readonly #memoryBytes: number;
  readonly #ownRole: boolean;
  readonly #pipes: PipePool;
  readonly #gate: ReadGate;
  #process: Promise<EngineProcess>;
  #closing: Promise<void> | null = null;
  #reads = 0;
  readonly #builds = new Lane(Array.from({ length: BUILDS }, (_, place) => String(place)));
  #built = 0;

  /**
   * Opens the directory. Rejects with WAREHOUSE_IN_USE when another process has it open, and with
   * WAREHOUSE_UNAVAILABLE when it cannot be opened. ENGINE_MISSING, NO_FIFO, NO_TEMP_FOLDER and
   * WAREHOUSE_UNWRITABLE name what this system lacks.
   */
  static async open(options: EmbeddedOptions): Promise<EmbeddedEngine> {
    // The directory stores the lake's keys in clear text, so only this user may enter it.
    await makeDirectory(options.directory);
    const engine = new EmbeddedEngine(options, await PipePool.open(options.directory, READS, options.patience));
    try {
      await engine.#process;
      await engine.#pipes.removeOthers(options.directory);
    } catch (error) {
      await engine.#pipes.close();
      throw error;
    }
    return engine;
  }

  private constructor(options: EmbeddedOptions, pipes: PipePool) {
    this.directory = options.directory;
    this.#log = options.log;
    this.#memoryBytes = options.memoryBytes ?? MEMORY_BYTES;
    this.#ownRole = options.ownRole ?? false;
    this.#limits = { memoryBytes: Math.floor(this.#memoryBytes * 0.45), executionSeconds: READER_SECONDS, ...options.readers };
    this.#pipes = pipes;
    this.#gate = new ReadGate(options.plannedMs);
    this.#process = this.#start();
  }

  get scratch(): string {
    return this.#pipes.directory;
  }

  async exec(sql: string): Promise<void> {
    await working(this.#call({ op: 'exec', sql }));
  }

  async query<T extends object>(sql: string): Promise<T[]> {
    return answerLines<T>(await working(this.#call({ op: 'query', sql })));
  }

  read(request: ReadRequest): Promise<ReadResult> {
    if (this.#closing) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#pipes.lend((pipe) => this.#readInto(pipe, request, { begun: resolve, failed: reject })).catch(reject);
    });
  }

  execTogether(statements: readonly string[]): Promise<void> {
    return this.#gate.close(async () => {
      for (const sql of statements) await this.exec(sql);
    });
  }

  async build(call: BuildCall): Promise<Uint8Array> {
    if (call.as === 'write') return this.#builds.run(() => this.#writeNow(call));
    if (call.as !== 'together') return this.#builds.run(() => this.#buildNow(call));
    await this.#gate.close(async () => void (await this.#buildNow(call)));
    return new Uint8Array();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Process id of the engine, for memory figures; null while it does not run. */
  async pid(): Promise<number | null> {
    const process = await this.#process;
    return process.alive ? process.pid : null;
  }

  /** Resolves when the engine has released the pipe, which may be later than `failed`. */
  async #readInto(pipe: Pipe, request: ReadRequest, caller: Caller): Promise<void> {
    const { body } = pipe;
    const tag = `tailrace-read-${this.#reads++}`;
    const limits = request.unhurried === true ? { ...this.#limits, executionSeconds: 0 } : this.#limits;
    const plan = planRead(request, { tag, path: pipe.path, limits });
    const refused = plan.ok ? null : raisedHere(plan.code, plan.reason);
    if (!plan.ok || request.signal?.aborted) {
      body.destroy();
      throw refused ?? cancelled();
    }
    const abort = (): void => void body.destroy(cancelled());
    request.signal?.addEventListener('abort', abort, { once: true });
    // A reader that leaves or is cut off ends the query too. The listener also keeps a late failure
    // from being an uncaught error.
    body.on('error', (error) => {
      this.#log.debug({ code: clickhouseCodeOf(error), tag }, 'read broken off');
      void this.#kill(tag);
    });
    const { done, begun } = await this.#gate.pass(() => {
      const { vet, check, setup, sql } = plan;
      const read = this.#call({ op: 'read', vet, check, setup, sql, tag }).then((bytes) => endRead(bytes, request));
      return { done: read, begun: Promise.race([once(body, 'readable'), read]) };
    });
    try {
      // Before the first bytes the caller gets the failure; after them it can only break the
      // stream.
      await begun;
      caller.begun({ format: plan.format, body });
      await done;
      pipe.finish();
    } catch (error) {
      body.destroy(error instanceof Error ? error : cancelled());
      caller.failed(error);
      await done.catch(() => {});
    } finally {
      request.signal?.removeEventListener('abort', abort);
    }
  }

  async #buildNow({ as, statements, limits, signal }: BuildCall): Promise<Uint8Array> {
    if (signal.aborted) throw cancelled();
    const tag = `tailrace-build-${this.#built++}`;
    const abort = (): void => void this.#kill(tag);
    // Views that have begun to move all move: half of a move would be visible.
    if (as !== 'together') signal.addEventListener('abort', abort, { once: true });
    try {
      return await this.#call({ op: 'build', tag, settings: settingsSql(buildSettings(limits)), statements, rows: as === 'rows' });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #writeNow(call: BuildCall): Promise<Uint8Array> {
    const { begun } = await this.#gate.pass(() => ({ begun: this.#buildNow(call) }));
    return begun;
  }

  async #kill(tag: string): Promise<void> {
    await this.#call({ op: 'kill', tag }).catch((error: unknown) => this.#log.debug({ error }, 'no query to kill'));
  }

  async #call(request: EngineCall): Promise<Uint8Array> {
    if (this.#closing) throw closed();
    const process = await this.#process.catch(() => this.#restart());
    return (process.alive ? process : await this.#restart()).call(request);
  }

  #start(): Promise<EngineProcess> {
    const process = EngineProcess.start(
      {
        directory: this.directory,
        memoryBytes: this.#memoryBytes,
        querySessions: QUERY_SESSIONS,
        pipes: this.#pipes.directory,
        ownRole: this.#ownRole,
      },
      this.#log,
    );
    process.catch(() => {}); // the next call awaits it
    return process;
  }

  async #restart(): Promise<EngineProcess> {
    const dead = this.#process;
    // Several calls may find it dead at once. The first starts another process, the others wait for
    // it.
    const alive = await dead.then(
      (process) => process.alive,
      () => false,
    );
    if (!alive && dead === this.#process) this.#process = this.#start();
    return this.#process;
  }

  async #close(): Promise<void> {
    const process = await this.#process.catch(() => null);
    await this.owner?.announce(null);
    if (process?.alive) {
      const late = setTimeout(() => void process.kill(), CLOSE_MS);
      await process.call({ op: 'close' }).catch((error: unknown) => this.#log.warn({ error }, 'engine was not closed in order'));
      await process.exited;
      clearTimeout(late);
    }
    await this.#pipes.close();
    await this.owner?.release();
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TailraceError('WAREHOUSE_UNWRITABLE', `the warehouse directory cannot be written: ${reason}`, { cause: error });
  }
}

function closed(): TailraceError {
  return new TailraceError('WAREHOUSE_UNAVAILABLE', 'the warehouse is closed');
}

function cancelled(): TailraceError {
  return raisedHere(394, 'the reader disconnected. (QUERY_WAS_CANCELLED)');
}

/** Reports a read that has ended, and throws its failure. */
function endRead(bytes: Uint8Array, { sql, database = 'default', report }: ReadRequest): void {
  const { tables, rows, failure } = JSON.parse(Buffer.from(bytes).toString()) as EndedRead;
  report?.({ tables: namedTables(sql, tables, database), rows });
  if (failure !== null) throw engineError(failure.code, failure.message);
}
