import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine, LaggingReplica, ReadRequest, ReadResult } from '../engine.ts';
import { HttpEngine } from '../http-engine.ts';
import { qualifiedCh } from '../names.ts';
import { NULLABLE_TUPLES, placeOf, samePlace } from '../place.ts';
import type { StatementLife } from '../running-statements.ts';
import { askNode, atNode, clusterShards, requireTold } from './cluster-nodes.ts';
import type { ClusterNode, KnownNode } from './cluster-nodes.ts';

interface ClusterOptions {
  /** http(s)://user:password@host:port of any node; all nodes have this port, user and password. */
  readonly url: string;
  /** As `system.clusters` names it. */
  readonly cluster: string;
  readonly log: Log;
  /** Statements with effects at the same time, on each shard. */
  readonly parallel?: number | undefined;
}

/** A node that answers. */
interface Live extends KnownNode {
  readonly engine: HttpEngine;
}

/** Definitions of tables wait for the nodes that live, and not for the others. */
const DEFINES = { distributed_ddl_output_mode: 'throw_only_active' };
/** What is acknowledged lies on two machines while two live. */
const TWO_COPIES = { insert_quorum: '2', insert_quorum_timeout: '15000' };
/** A machine that is gone may leave a question without any answer. */
const ASK_MS = 20_000;
/** Fetches of a replica that works take less. */
const LAGS_SECONDS = 30;

/**
 * A ClickHouse cluster as a warehouse: one replica of each shard, which is read and written until
 * `settle` chooses again. The first shard stands for the whole where one answer is enough.
 */
export class ClusterEngine implements Engine {
  readonly traits: Engine['traits'];
  readonly #options: ClusterOptions;
  readonly #shards: readonly (readonly ClusterNode[])[];
  #chosen: readonly HttpEngine[] = [];
  #live: readonly HttpEngine[] = [];

  /**
   * Asks the node of the URL for the others, and chooses.
   * Errors: BAD_CONFIG when the cluster is none that a warehouse can be; WAREHOUSE_TOO_OLD;
   * WAREHOUSE_UNAVAILABLE when of some shard no replica answers, or none takes rows.
   */
  static async open(options: ClusterOptions): Promise<ClusterEngine> {
    await using first = await HttpEngine.open({ url: options.url, log: options.log });
    const shards = await clusterShards(first, options.cluster);
    const engine = new ClusterEngine(options, shards);
    await engine.settle();
    return engine;
  }

  private constructor(options: ClusterOptions, shards: readonly (readonly ClusterNode[])[]) {
    this.#options = options;
    this.#shards = shards;
    this.traits = { ownsDirectory: false, readsLocalFiles: false, diesAlone: false, cluster: options.cluster };
  }

  get shards(): readonly Engine[] {
    return this.#chosen;
  }

  get nodes(): readonly Engine[] {
    return this.#live;
  }

  async settle(): Promise<void> {
    const found = await Promise.all(this.#shards.map((nodes) => this.#answering(nodes)));
    const live = found.flat();
    requireTold(live);
    const before = [...this.#chosen, ...this.#live];
    this.#live = live.map(({ engine }) => engine);
    this.#chosen = await Promise.all(found.map((nodes) => this.#choose(nodes)));
    for (const engine of before) await engine.close();
  }

  async lagging(): Promise<LaggingReplica[]> {
    const asked = await Promise.all(this.#shards.flat().map((node) => this.#delay(node)));
    return asked.filter(({ seconds }) => seconds === null || seconds > LAGS_SECONDS);
  }

  identify(life: StatementLife): void {
    for (const engine of [...this.#chosen, ...this.#live]) engine.identify(life);
  }

  exec(statement: string): Promise<void> {
    return this.#first.exec(statement);
  }

  execTogether(statements: readonly string[]): Promise<void> {
    return this.#first.execTogether(statements);
  }

  query<T extends object>(statement: string): Promise<T[]> {
    return this.#first.query<T>(statement);
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.#first.read(request);
  }

  insertRows(insert: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#first.insertRows(insert, body);
  }

  async close(): Promise<void> {
    for (const engine of [...this.#chosen, ...this.#live]) await engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #first(): HttpEngine {
    const [first] = this.#chosen;
    if (first === undefined) throw new TailraceError('INTERNAL', 'a cluster without shards');
    return first;
  }

  /** The replicas of a shard that answer. */
  async #answering(nodes: readonly ClusterNode[]): Promise<Live[]> {
    const asked = await Promise.all(
      nodes.map((node) => this.#ask(node).catch((error: unknown) => (isAway(error) ? error : Promise.reject(error)))),
    );
    const live = asked.filter((one): one is Live => !(one instanceof TailraceError));
    if (live.length > 0) return live;
    const reason = asked.map((one) => (one instanceof TailraceError ? one.what : '')).join('; ');
    throw new TailraceError('WAREHOUSE_UNAVAILABLE', `no replica of shard ${nodes[0]?.shard} answers: ${reason}`);
  }

  async #ask(node: ClusterNode): Promise<Live> {
    await using brief = await this.#open(node.host, { requestMs: ASK_MS });
    const facts = await askNode(brief, node);
    return { ...node, engine: await this.#open(node.host, { known: brief }), facts };
  }

  /**
   * The first replica that takes rows, once it has what the others have. They may have rows that
   * it had not fetched yet, and a statement that resolves a value must see them.
   */
  async #choose(live: readonly Live[]): Promise<HttpEngine> {
    const takesRows = live.filter(({ facts }) => !facts.readonly);
    // A node that lost its disk has no tables. Where others have them, it gets what they have.
    const whole = takesRows.filter(({ facts }) => facts.engine !== '');
    const writable = whole.length > 0 ? whole : takesRows;
    const [node] = writable;
    if (node === undefined) throw new TailraceError('WAREHOUSE_UNAVAILABLE', `every replica of shard ${live[0]?.shard} is read-only`);
    const isAlone = (this.#shards.find(([first]) => first?.shard === node.shard)?.length ?? 1) === 1;
    if (!isAlone && node.facts.engine !== '') {
      await node.engine.exec(sql('sync-database'));
      const tables = await node.engine.query<{ name: string }>(sql('replicated-tables'));
      for (const { name } of tables) await node.engine.exec(sql('sync-replica', { table: qualifiedCh('tailrace', name) }));
    }
    // A Distributed table is created with the types of its view.
    const tuples = (await placeOf(node.engine)).knows(NULLABLE_TUPLES) ? { [NULLABLE_TUPLES]: '1' } : {};
    return this.#open(node.host, { known: node.engine, quorum: { ...tuples, ...(writable.length > 1 ? TWO_COPIES : {}) } });
  }

  async #delay({ shard, replica, host }: ClusterNode): Promise<LaggingReplica> {
    await using engine = await this.#open(host, { requestMs: ASK_MS });
    const [found] = await engine.query<{ seconds: string; readonly: number }>(sql('replica-delay')).catch(() => []);
    return { shard, replica, host, seconds: found === undefined || found.readonly === 1 ? null : Number(found.seconds) };
  }

  /** `known`: an engine of the same node, which was asked what it is. */
  async #open(
    host: string,
    { quorum = {}, known, requestMs }: { quorum?: Readonly<Record<string, string>>; known?: HttpEngine; requestMs?: number },
  ): Promise<HttpEngine> {
    const { url, log, parallel, cluster } = this.#options;
    const node = { cluster, settings: { ...DEFINES, ...quorum } };
    const engine = await HttpEngine.open({ url: atNode(url, host), log, parallel, requestMs, node });
    if (known !== undefined) samePlace(engine, known);
    return engine;
  }
}

function isAway(error: unknown): error is TailraceError {
  return error instanceof TailraceError && error.code === 'WAREHOUSE_UNAVAILABLE';
}
