import { parseClickhouseCode } from '../../../warehouse/clickhouse-code.ts';
import { literalCh, quoteCh } from '../../../warehouse/names.ts';
import { REFUSALS } from './cluster-errors.ts';
import type { ClusterState, ClusterTable } from './cluster-state.ts';
import { placeOfTable } from './cluster-statement.ts';
import type { ClusterStatement, CreateDatabase, ShapeStatement } from './cluster-statement.ts';
import { NodeGone } from './keeper-node.ts';
import type { KeeperNode } from './keeper-node.ts';
import { distributedStandIn } from './stand-ins.ts';

/** One statement for all nodes that have its database. */
interface Logged {
  readonly database: string;
  /** In the order in which one node runs them. */
  readonly statements: (node: KeeperNode) => readonly string[];
  readonly settings: readonly string[];
}

/** A statement that a node died in may have been done: exists, unknown, no such column. */
const DONE_ALREADY = new Set([10, 15, 44, 57, 60, 81, 82]);

/**
 * Databases and tables of a cluster: what `ENGINE = Replicated` and ON CLUSTER do. Every statement
 * goes to all living nodes in one order, and to others when they come back.
 */
export class ShapeKeeper {
  readonly #state: ClusterState;
  #log: readonly Logged[] = [];

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Errors: what the engine says on the node that was asked; 80, 344, 701, 999. */
  async createDatabase(node: KeeperNode, statement: CreateDatabase): Promise<void> {
    const { database, isReplicated, sql, cluster } = statement;
    const targets = cluster === null ? [node] : this.#state.nodesOf(cluster);
    if (!isReplicated) return onEach(targets, sql);
    if (this.#state.isAway) throw REFUSALS.keeperAway();
    await this.#state.alone(async () => {
      const isNew = !this.#state.databases.has(database);
      this.#state.databases.add(database);
      for (const target of targets.filter(({ databases }) => !databases.has(database))) {
        if (target.isAlive) await this.#giveDatabase(target, statement, isNew);
        else target.owed.set(database, statement);
      }
    });
  }

  /** Not replicated, as in ClickHouse: without ON CLUSTER it concerns the node alone. */
  async dropDatabase(node: KeeperNode, { database, sql, cluster }: Extract<ClusterStatement, { kind: 'drop database' }>): Promise<void> {
    const targets = cluster === null ? [node] : this.#state.nodesOf(cluster);
    await this.#state.alone(async () => {
      await onEach(targets, sql);
      for (const target of targets) {
        target.databases.delete(database);
        if (!target.isAlive) target.owed.set(database, 'drop');
      }
      if (this.#state.nodes.some(({ databases }) => databases.has(database))) return;
      this.#state.databases.delete(database);
      for (const [place, { name }] of this.#state.tables) if (name.database === database) this.#state.tables.delete(place);
    });
  }

  /**
   * A table of a replicated database. Errors: what the engine says on the node; 36, 80, 344, 999.
   */
  async shape(node: KeeperNode, statement: ShapeStatement, settings: readonly string[]): Promise<void> {
    const { table, verb } = statement;
    if (statement.isClone) throw REFUSALS.clone();
    if (/^\s*'/.test(statement.engineArguments)) throw REFUSALS.explicitPath();
    if (verb === 'drop view' && typeof this.#state.table(table)?.kind === 'object') throw REFUSALS.notAView(table);
    if (this.#isDone(statement)) return;
    await this.everywhere(node, table.database, {
      statements: (one) => this.#statements(statement, one),
      settings,
      done: () => this.#note(statement),
    });
  }

  /** Runs statements on all nodes that have a database, in one order with all other DDL. */
  async everywhere(
    node: KeeperNode,
    database: string,
    { done = () => undefined, ...rest }: Omit<Logged, 'database'> & { done?: () => void },
  ): Promise<void> {
    if (this.#state.isAway) throw REFUSALS.keeperAway();
    await this.#state.alone(async () => {
      const logged: Logged = { database, ...rest };
      // Kept as it is now: a later statement may change what the text stands for.
      const texts = new Map(this.#state.nodes.map((one) => [one, logged.statements(one)]));
      const entry = { ...logged, statements: (one: KeeperNode) => texts.get(one) ?? [] };
      const first = await this.#run(node, entry).catch((error: unknown) => error);
      if (first instanceof Error && !(first instanceof NodeGone)) throw first;
      this.#log = [...this.#log, entry];
      if (first === undefined) node.done = this.#log.length;
      const others = this.#state.nodes.filter((one) => one !== node && one.isAlive);
      await Promise.all(others.map((one) => this.#catchUp(one)));
      done();
      if (first instanceof Error) throw first;
    });
  }

  /** What a node missed while it was away. */
  async resume(node: KeeperNode): Promise<void> {
    await this.#state.alone(async () => {
      await this.#catchUp(node, true);
      for (const [database, owed] of node.owed) {
        if (owed === 'drop') await node.run(`DROP DATABASE IF EXISTS ${quoteCh(database)}`);
        else await this.#giveDatabase(node, owed, false);
        node.owed.delete(database);
      }
    });
  }

  /** A node without a disk has nothing to catch up with. */
  forget(node: KeeperNode): void {
    node.done = this.#log.length;
  }

  /** Nothing is there any more. */
  empty(): void {
    this.#log = [];
    for (const node of this.#state.nodes) node.done = 0;
  }

  async #catchUp(node: KeeperNode, wasAway = false): Promise<void> {
    for (let first = wasAway; node.done < this.#log.length; first = false) {
      const entry = this.#log[node.done];
      if (entry !== undefined)
        await this.#run(node, entry).catch((error: unknown) => {
          const isDone = first && DONE_ALREADY.has(parseClickhouseCode(error instanceof Error ? error.message : '') ?? 0);
          if (!isDone && !(error instanceof NodeGone)) throw error;
        });
      if (!node.isAlive) return;
      node.done += 1;
    }
  }

  async #run(node: KeeperNode, { database, statements, settings }: Logged): Promise<void> {
    if (node.databases.has(database)) for (const sql of statements(node)) await node.run(sql, settings);
  }

  /** Makes a database on a node, with the tables that it has elsewhere. */
  async #giveDatabase(node: KeeperNode, { database, sql }: CreateDatabase, isNew: boolean): Promise<void> {
    await node.run(sql);
    node.databases.add(database);
    node.done = this.#log.length;
    if (isNew) return;
    const peer = this.#state.nodes.find((one) => one !== node && one.isAlive && one.databases.has(database));
    if (peer === undefined) throw new Error(`no living node has the tables of ${database} for ${node.label}`);
    const texts = await peer.rows<{ name: string; text: string }>(
      `SELECT name, create_table_query AS text FROM system.tables WHERE database = ${literalCh(database)} ORDER BY engine = 'View', name`,
    );
    let waiting = texts.map(({ name, text }) => this.#again(node, this.#state.tables.get(`${database}.${name}`), text));
    while (waiting.length > 0) {
      const left: (readonly string[])[] = [];
      let refusal: unknown = null;
      for (const statements of waiting) {
        try {
          for (const statement of statements) await node.run(statement);
        } catch (error) {
          // A view of a view that does not come before it.
          left.push(statements);
          refusal = error;
        }
      }
      if (left.length === waiting.length) throw refusal;
      waiting = left;
    }
  }

  #again(node: KeeperNode, table: ClusterTable | undefined, text: string): readonly string[] {
    return typeof table?.kind === 'object' ? this.#statements(table.kind.statement, node) : [text];
  }

  #statements(statement: ShapeStatement, node: KeeperNode): readonly string[] {
    const { engine, sql } = statement;
    return typeof engine === 'object' ? distributedStandIn(statement, engine, `http://${node.host}:${this.#state.port}`) : [sql];
  }

  /** Nothing is to be done: the table is there, or is not. */
  #isDone({ verb, sql, table }: ShapeStatement): boolean {
    const isKnown = this.#state.table(table) !== undefined;
    if (verb === 'create') return isKnown && /\bIF\s+NOT\s+EXISTS\b/i.test(sql);
    return (verb === 'drop' || verb === 'drop view') && !isKnown && /\bIF\s+EXISTS\b/i.test(sql);
  }

  #kindOf({ engine, other, sql }: ShapeStatement): 'replicated' | 'plain' | 'view' {
    if (engine === 'replicated') return 'replicated';
    if (engine === 'like the other' && other !== null) return this.#state.table(other)?.kind === 'replicated' ? 'replicated' : 'plain';
    return /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\b/i.test(sql) ? 'view' : 'plain';
  }

  #note(statement: ShapeStatement): void {
    const { verb, table, other, sql, engine } = statement;
    const place = placeOfTable(table);
    const known = this.#state.tables.get(place);
    if (verb === 'create')
      this.#state.addTable(table, typeof engine === 'object' ? { distributed: engine, statement } : this.#kindOf(statement));
    else if (verb === 'drop' || verb === 'drop view') this.#state.tables.delete(place);
    else if (verb === 'alter') for (const log of known?.logs.values() ?? []) log.reshaped();
    else if (other !== null) throw new Error(`the double of a cluster does not know ${verb}: ${sql}`);
  }
}

/** Runs a statement on those of the nodes that live. */
async function onEach(nodes: readonly KeeperNode[], sql: string): Promise<void> {
  await Promise.all(nodes.filter(({ isAlive }) => isAlive).map((node) => node.run(sql)));
}
