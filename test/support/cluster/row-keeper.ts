import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { literalCh, qualifiedCh, quoteCh } from '../../../warehouse/names.ts';
import { REFUSALS } from './cluster-errors.ts';
import type { Statement } from './cluster-member.ts';
import type { ClusterState, ClusterTable } from './cluster-state.ts';
import type { RowsStatement, TableName } from './cluster-statement.ts';
import { NodeGone } from './keeper-node.ts';
import type { KeeperNode } from './keeper-node.ts';
import { HIDDEN } from './stand-ins.ts';
import type { Block, TableLog } from './table-log.ts';

/** A statement that changes rows, on the node that was asked. */
interface Work {
  readonly node: KeeperNode;
  readonly statement: RowsStatement;
  readonly request: Statement;
  readonly table: ClusterTable;
  /** The one for the node's shard. */
  readonly log: TableLog;
}

/**
 * Rows of replicated tables: they stay on the node that took them until another one fetches them,
 * unless the INSERT asks for a quorum.
 */
export class RowKeeper {
  readonly #state: ClusterState;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Errors: what the engine says; 242, 285, 319. */
  async change(node: KeeperNode, statement: RowsStatement, request: Statement, table: ClusterTable): Promise<void> {
    if (this.#state.isAway || node.isReadOnly) throw REFUSALS.readOnly(statement.table, node);
    const log = logOf(table, node.shard);
    const work: Work = { node, statement, request, table, log };
    if (statement.verb === 'truncate' || statement.verb === 'mutate') return this.#state.alone(() => this.#everyShard(work));
    await this.#state.inShard(node.shard, async () => {
      if (statement.verb === 'insert') return this.#insert(work);
      if (statement.verb === 'attach' && statement.from !== null) return this.#attach(work, statement.from);
      await node.run(statement.sql, request.settings);
      log.addChange(statement.sql, [node]);
    });
  }

  /** Errors: 159 when what is missing lies on a node that is away; 999. */
  async sync(node: KeeperNode, table: ClusterTable): Promise<void> {
    if (this.#state.isAway) throw REFUSALS.keeperAway();
    if (this.#state.ignoresSync) return;
    const isWhole = await this.#state.inShard(node.shard, () => logOf(table, node.shard).fetch(node));
    if (!isWhole) throw REFUSALS.syncTimedOut(table.name);
  }

  /** Every living node fetches what living nodes have. */
  async replicate(): Promise<void> {
    await this.#state.alone(async () => {
      for (const { name, logs } of this.#state.tables.values())
        for (const [shard, log] of logs) for (const node of this.#state.living(shard, name.database)) await log.fetch(node);
    });
  }

  /**
   * Mutations and merges reach replicas that have all rows, as they do after a while by themselves.
   */
  async finishChanges(): Promise<void> {
    await this.#state.alone(async () => {
      for (const { name, logs } of this.#state.tables.values())
        for (const [shard, log] of logs)
          for (const node of this.#state.living(shard, name.database)) {
            const { blocks, changes } = log.waiting(node);
            if (blocks === 0 && changes > 0) await log.fetch(node);
          }
    });
  }

  /** After a start. */
  async resume(node: KeeperNode): Promise<void> {
    await this.#state.inShard(node.shard, async () => {
      for (const { name, logs } of this.#state.tables.values())
        if (node.databases.has(name.database)) await logs.get(node.shard)?.resume(node);
    });
  }

  async #insert(work: Work): Promise<void> {
    const { node, request, statement, log } = work;
    const replicas = this.#state.replicasOf(node.shard);
    const quorum = Number(settingOf(request, 'insert_quorum') ?? '0');
    const alive = replicas.filter(({ isAlive }) => isAlive);
    if (quorum > 1 && alive.length < quorum) throw REFUSALS.tooFewReplicas(alive.length, quorum, replicas.length);
    if (replicas.length === 1) {
      await node.run(statement.sql, request.settings);
      log.written(node, log.addBlock({ number: this.#state.next(), path: null, hash: '', columns: [], isOfParts: false }, node));
      return;
    }
    const block = await this.#blockOf(work, async (copy) => {
      const [before, after] = statement.around;
      await node.run(`${before}${copy}${after}`, request.settings);
    });
    if (block !== null) await this.#write(work, block, { quorum, others: alive.filter((one) => one !== node) });
  }

  /** ATTACH … FROM: other replicas get the rows that the source has now. */
  async #attach(work: Work, from: TableName): Promise<void> {
    const { node, request, statement, log } = work;
    const isAlone = this.#state.replicasOf(node.shard).length === 1;
    const source = qualifiedCh(from.database, from.name);
    const block = isAlone
      ? log.addBlock({ number: this.#state.next(), path: null, hash: '', columns: [], isOfParts: false }, node)
      : await this.#blockOf(work, async (copy) => void (await node.run(`INSERT INTO ${copy} SELECT * FROM ${source}`)));
    try {
      await node.run(statement.sql, request.settings);
    } catch (error) {
      if (block !== null) log.removeBlock(block);
      throw error;
    }
    if (block !== null) log.written(node, block);
  }

  /** The rows of an INSERT as a file; null: it has none, or they were there already. */
  async #blockOf({ node, request, log, statement }: Work, fill: (copy: string) => Promise<void>): Promise<Block | null> {
    const number = this.#state.next();
    const path = join(this.#state.folder, `${number}.native`);
    const copy = `${HIDDEN}.${quoteCh(`block ${number}`)}`;
    await node.run(`CREATE TABLE ${copy} AS ${log.name} ENGINE = File('Native', ${literalCh(path)})`);
    try {
      await fill(copy);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      if (node.isAlive) await node.run(`DROP TABLE ${copy}`);
    }
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (bytes.length === 0) return null;
    const hash = createHash('sha256').update(bytes).digest('hex');
    const isDeduplicated = settingOf(request, 'insert_deduplicate') !== '0' && settingOf(request, 'deduplicate_insert') !== 'disable';
    if (statement.verb === 'insert' && isDeduplicated && log.hasBlock(hash)) return null;
    return log.addBlock({ number, path, hash, columns: await log.columns(node), isOfParts: statement.verb === 'attach' }, node);
  }

  async #write({ node, log }: Work, block: Block, { quorum, others }: { quorum: number; others: readonly KeeperNode[] }): Promise<void> {
    try {
      await log.write(node, block);
    } catch (error) {
      // If the node died, it writes the rows when it comes back.
      if (!(error instanceof NodeGone)) log.removeBlock(block);
      throw error;
    }
    let copies = 1;
    for (const other of others) {
      if (copies >= quorum) return;
      try {
        await log.fetchBlock(other, block);
        copies += 1;
      } catch (error) {
        if (!(error instanceof NodeGone)) throw error;
      }
    }
    if (copies < quorum) throw REFUSALS.unknownQuorum();
  }

  /**
   * TRUNCATE and mutations reach every shard through the database, and one replica of each at once.
   */
  async #everyShard({ node, statement, request, table }: Work): Promise<void> {
    const isForAll = Number(settingOf(request, 'mutations_sync') ?? settingOf(request, 'alter_sync') ?? '1') >= 2;
    for (const [shard, log] of table.logs) {
      if (statement.verb === 'truncate') log.addTruncate();
      else log.addChange(statement.sql);
      const living = this.#state.living(shard, table.name.database);
      const first = living.includes(node) ? [node] : living.slice(0, 1);
      for (const one of isForAll ? living : first) await log.fetch(one);
    }
  }
}

function logOf({ name, logs }: ClusterTable, shard: number): TableLog {
  const log = logs.get(shard);
  if (log === undefined) throw new Error(`${name.database}.${name.name} has no log in shard ${shard}`);
  return log;
}

/** A setting in the statement or beside it. */
function settingOf({ sql, params }: Statement, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*'?(\\w+)`, 'i').exec(sql)?.[1] ?? params[name];
}
