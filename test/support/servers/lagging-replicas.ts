import { literalCh } from '../../../warehouse/names.ts';

/** Rows of an INSERT that are not in their table yet. */
interface Hidden {
  readonly copy: string;
  readonly target: string;
  readonly queryId: string;
  /** Its client got no answer, and it still runs; otherwise it is done, and other nodes lag. */
  readonly isRunning: boolean;
  /** After this many further statements the rows are there. */
  left: number;
}

/** Runs one statement with `SET …` statements before it. */
export type Run = (sql: string, settings?: readonly string[]) => Promise<Uint8Array>;

/** The answer of a statement was lost on purpose. */
export class LostAnswer extends Error {}

/** A request as it came, without what the server ignores. */
export interface NodeRequest {
  readonly sql: string;
  readonly params: URLSearchParams;
  readonly settings: readonly string[];
  /** The rows came as the body of the request. */
  readonly hasBody: boolean;
}

const LAG = 6;
const READS = /^\s*(?:WITH|SELECT|DESCRIBE|EXPLAIN|SHOW)\b/i;
const CLOUD = "(SELECT any(value) FROM system.settings WHERE name = 'cloud_mode')";

/**
 * What a client of ClickHouse Cloud sees: each statement is answered by another node, over one
 * storage. The rows of an INSERT lie aside until a statement asks for sequential consistency,
 * changes a table, or some statements have passed. An INSERT SELECT that may use parallel replicas
 * inserts once per node. An INSERT whose answer was lost runs on: it is done some time later unless
 * a KILL QUERY on all nodes ends it.
 */
export class LaggingReplicas {
  readonly #run: Run;
  #hidden: readonly Hidden[] = [];
  #copies = 0;
  /** After how many statements the next one that gets no answer is done; null: none is lost. */
  #loses: number | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(run: Run) {
    this.#run = run;
  }

  /** The next statement that is not a read gets no answer; an INSERT is done that much later. */
  lose(statements: number): void {
    this.#loses = statements;
  }

  /** Every INSERT that still runs is done now. */
  land(): Promise<void> {
    return this.#inTurn(() => this.#show(() => true));
  }

  /** Errors: LostAnswer, or what the engine says. */
  answer(request: NodeRequest): Promise<Uint8Array> {
    return this.#inTurn(() => this.#answer(request));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #answer(request: NodeRequest): Promise<Uint8Array> {
    for (const one of this.#hidden) one.left -= 1;
    await this.#show(({ left }) => left < 0);
    const sql = request.sql.replace(CLOUD, "'1'");
    if (/^\s*KILL\s+QUERY\b/i.test(sql)) return this.#kill(sql);
    if (/\bsystem\.processes\b/.test(sql))
      return this.#run(sql.replace(/clusterAllReplicas\('default', system\.processes\)/, this.#running()));
    const target = /^\s*INSERT\s+INTO\s+([^\s(]+)/i.exec(sql)?.[1];
    const isRead = READS.test(sql);
    const sees = request.params.get('select_sequential_consistency') === '1';
    if (sees || (!isRead && target === undefined)) await this.#show(({ isRunning }) => !isRunning);
    const lost = isRead ? null : this.#loses;
    if (lost !== null) this.#loses = null;
    const answer = await (target === undefined ? this.#run(sql, request.settings) : this.#insert({ ...request, sql }, target, lost));
    if (lost !== null) throw new LostAnswer();
    return answer;
  }

  async #insert({ sql, params, settings, hasBody }: NodeRequest, target: string, lost: number | null): Promise<Uint8Array> {
    const copy = `replicas.copy${(this.#copies += 1)}`;
    await this.#run('CREATE DATABASE IF NOT EXISTS replicas');
    await this.#run(`CREATE TABLE ${copy} AS ${target} ENGINE = Memory`);
    const isAlone = params.get('enable_parallel_replicas') === '0' && params.get('parallel_distributed_insert_select') === '0';
    const nodes = isAlone || hasBody || !/\bSELECT\b/.test(sql.replace(/\([^)]*\)/g, '')) ? 1 : 2;
    try {
      for (let node = 0; node < nodes; node += 1) await this.#run(sql.replace(target, copy), settings);
    } catch (error) {
      await this.#run(`DROP TABLE ${copy}`);
      throw error;
    }
    this.#hidden = [...this.#hidden, { copy, target, queryId: params.get('query_id') ?? '', isRunning: lost !== null, left: lost ?? LAG }];
    return new Uint8Array();
  }

  /** Puts the rows of these into their tables. */
  async #show(chosen: (one: Hidden) => boolean): Promise<void> {
    const shown = this.#hidden.filter(chosen);
    if (shown.length === 0) return;
    this.#hidden = this.#hidden.filter((one) => !shown.includes(one));
    for (const { copy, target } of shown) {
      // The table of a statement that still ran may be gone.
      await this.#run(`INSERT INTO ${target} SELECT * FROM ${copy} SETTINGS max_threads = 1`).catch(() => undefined);
      await this.#run(`DROP TABLE ${copy}`);
    }
  }

  /** Without ON CLUSTER it ends only what runs on the node that it meets: nothing of ours. */
  async #kill(sql: string): Promise<Uint8Array> {
    const condition = /\bON CLUSTER\b[\s\S]*?\bWHERE\b([\s\S]*?)\b(?:A?SYNC)\b/i.exec(sql)?.[1];
    if (condition === undefined) return new Uint8Array();
    const ended = Buffer.from(await this.#run(`SELECT query_id FROM ${this.#running()} WHERE ${condition}`))
      .toString()
      .split('\n')
      .filter((id) => id !== '');
    for (const { copy } of this.#hidden.filter(({ queryId, isRunning }) => isRunning && ended.includes(queryId)))
      await this.#run(`DROP TABLE ${copy}`);
    this.#hidden = this.#hidden.filter(({ queryId, isRunning }) => !isRunning || !ended.includes(queryId));
    return new Uint8Array();
  }

  /** The statements that run, as a subquery. */
  #running(): string {
    const ids = this.#hidden.filter(({ isRunning }) => isRunning).map(({ queryId }) => literalCh(queryId));
    return `(SELECT arrayJoin(CAST([${ids.join(', ')}], 'Array(String)')) AS query_id)`;
  }
}
