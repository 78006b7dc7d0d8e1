import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { literalCh } from '../../../warehouse/names.ts';
import { REFUSALS } from './cluster-errors.ts';
import type { Asked, Statement } from './cluster-member.ts';
import type { ClusterState, ClusterTable } from './cluster-state.ts';
import { clusterStatement } from './cluster-statement.ts';
import type { RowsStatement, ShapeStatement } from './cluster-statement.ts';
import { NodeGone } from './keeper-node.ts';
import type { KeeperNode } from './keeper-node.ts';
import { RowKeeper } from './row-keeper.ts';
import { ShapeKeeper } from './shape-keeper.ts';
import { databasesSubquery, HIDDEN, replicasSubquery, tablesSubquery } from './stand-ins.ts';

const NOTHING = new Uint8Array();
const ALL_REPLICAS = /clusterAllReplicas\(\s*'([^']*)'\s*,\s*([\w.]+)\s*\)/i;

/**
 * Answers what nodes of a cluster cannot answer alone: what Keeper and its peers do for a real one.
 */
export class ClusterKeeper {
  readonly shapes: ShapeKeeper;
  readonly rows: RowKeeper;
  readonly #state: ClusterState;

  constructor(state: ClusterState) {
    this.#state = state;
    this.shapes = new ShapeKeeper(state);
    this.rows = new RowKeeper(state);
  }

  /** A node has connected: it gets the tables that were made while it was away, not their rows. */
  async join(node: KeeperNode): Promise<void> {
    await node.run(`CREATE DATABASE IF NOT EXISTS ${HIDDEN}`);
    await this.shapes.resume(node);
    await this.rows.resume(node);
  }

  /** Errors: NodeGone, or what the engine or the keeper says. */
  async answer(node: KeeperNode, asked: Asked): Promise<Uint8Array> {
    return asked.what === 'others' ? this.#ofOthers(node, asked) : this.#statement(node, asked.request);
  }

  async #statement(node: KeeperNode, request: Statement): Promise<Uint8Array> {
    const { sql, settings } = request;
    const statement = clusterStatement(sql);
    switch (statement.kind) {
      case 'local':
        return node.run(sql, settings);
      case 'read':
        return node.run(await this.#known(node, sql), settings);
      case 'create database':
        await this.shapes.createDatabase(node, statement);
        return NOTHING;
      case 'drop database':
        await this.shapes.dropDatabase(node, statement);
        return NOTHING;
      case 'kill':
        for (const one of statement.cluster === null ? [node] : this.#state.nodesOf(statement.cluster))
          if (one.isAlive) await one.run(statement.sql, settings);
        return NOTHING;
      case 'sync': {
        const table = this.#state.table(statement.table);
        if (table?.kind !== 'replicated' || !node.databases.has(table.name.database)) return node.run(sql, settings);
        await this.rows.sync(node, table);
        return NOTHING;
      }
      case 'sync database':
        if (!node.databases.has(statement.database)) return node.run(sql, settings);
        if (this.#state.isAway) throw REFUSALS.keeperAway();
        return NOTHING;
      case 'shape':
        return this.#shape(node, statement, request);
      case 'rows':
        return this.#rows(node, statement, request);
    }
  }

  async #shape(node: KeeperNode, statement: ShapeStatement, { sql, settings }: Statement): Promise<Uint8Array> {
    const { cluster, table } = statement;
    if (node.databases.has(table.database)) await this.shapes.shape(node, statement, settings);
    else if (cluster === null) return node.run(sql, settings);
    else for (const one of this.#state.nodesOf(cluster)) if (one.isAlive) await one.run(statement.sql, settings);
    return NOTHING;
  }

  async #rows(node: KeeperNode, statement: RowsStatement, request: Statement): Promise<Uint8Array> {
    const { table: name, verb, sql } = statement;
    const table = node.databases.has(name.database) ? this.#state.table(name) : undefined;
    if (table?.kind === 'replicated') await this.rows.change(node, statement, request, table);
    else if (table !== undefined && (verb === 'truncate' || verb === 'mutate'))
      await this.shapes.everywhere(node, name.database, { statements: () => [sql], settings: request.settings });
    else return node.run(sql, request.settings);
    return NOTHING;
  }

  async #ofOthers({ shard }: KeeperNode, { cluster, sql }: Extract<Asked, { what: 'others' }>): Promise<Uint8Array> {
    const shards = new Set(this.#state.nodesOf(cluster).map((node) => node.shard));
    shards.delete(shard);
    return Buffer.concat(await Promise.all([...shards].map((other) => this.#ofShard(other, sql))));
  }

  async #ofShard(shard: number, sql: string): Promise<Uint8Array> {
    // The last one: the product writes the first one that lives.
    for (const node of this.#state.replicasOf(shard).toReversed()) {
      if (!node.isAlive) continue;
      try {
        return await node.run(sql);
      } catch (error) {
        if (!(error instanceof NodeGone)) throw error;
      }
    }
    throw REFUSALS.noReplica(shard);
  }

  /** A read with what the keeper knows in place of tables that a single engine has empty. */
  async #known(node: KeeperNode, sql: string): Promise<string> {
    const [call, cluster = '', table = ''] = ALL_REPLICAS.exec(sql) ?? [];
    if (call !== undefined) {
      const numbers: number[] = [];
      for (const one of this.#state.nodesOf(cluster)) {
        if (!one.isAlive) continue;
        const columns = table === 'system.processes' ? "* REPLACE (Settings['log_comment'] AS query_id)" : '*';
        const number = this.#state.next();
        const bytes = await one.run(`SELECT ${columns} FROM ${this.#standIn(one, table)} FORMAT Native`);
        await writeFile(join(this.#state.folder, `${number}.native`), bytes);
        numbers.push(number);
      }
      const path = join(this.#state.folder, `{${numbers.join(',')}}.native`);
      return this.#known(node, sql.replace(call, `file(${literalCh(path)}, 'Native')`));
    }
    return sql.replaceAll(/\bsystem\.(?:databases|replicas|tables)\b/gi, (name) => this.#standIn(node, name.toLowerCase()));
  }

  #standIn(node: KeeperNode, table: string): string {
    const tables = [...this.#state.tables].filter(([, { name }]) => node.databases.has(name.database));
    if (table === 'system.tables') {
      const placesOf = (isOf: (kind: ClusterTable['kind']) => boolean): string[] =>
        tables.filter(([, { kind }]) => isOf(kind)).map(([place]) => place);
      return tablesSubquery({
        replicated: placesOf((kind) => kind === 'replicated'),
        distributed: placesOf((kind) => typeof kind === 'object'),
      });
    }
    if (table === 'system.databases') return databasesSubquery([...node.databases]);
    if (table !== 'system.replicas') return table;
    const replicas = this.#state.replicasOf(node.shard);
    return replicasSubquery(
      tables.flatMap(([, { name, logs }]) => {
        const log = logs.get(node.shard);
        if (log === undefined) return [];
        const isReadOnly = this.#state.isAway || node.isReadOnly;
        const active = this.#state.isAway ? 0 : replicas.filter(({ isAlive }) => isAlive).length;
        const facts = { isReadOnly, total: replicas.length, active, replica: `r${node.replica}`, lost: log.lost };
        return [{ ...name, ...log.waiting(node), ...facts }];
      }),
    );
  }
}
