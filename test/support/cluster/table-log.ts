import { literalCh, qualifiedCh, quoteCh } from '../../../warehouse/names.ts';
import type { TableName } from './cluster-statement.ts';
import type { KeeperNode } from './keeper-node.ts';

/** Rows of one INSERT, as all replicas of a shard must get them. */
export interface Block {
  readonly kind: 'rows';
  readonly number: number;
  /** A file in Native format; null: the shard has one replica. */
  readonly path: string | null;
  readonly hash: string;
  readonly columns: readonly string[];
  /** The rows come from parts: equal keys stay apart. */
  readonly isOfParts: boolean;
  /** Replicas that have the rows on their disks. */
  readonly on: Set<KeeperNode>;
  /** The replica that took the INSERT and has yet to write the rows, if it died in between. */
  owedBy: KeeperNode | null;
}

/**
 * A statement that changes rows that are there: each replica runs it after the blocks before it.
 */
interface Change {
  readonly kind: 'change';
  readonly sql: string;
  readonly on: Set<KeeperNode>;
}

/** One block of any size, and nothing when the replica has it already. */
const ONE_BLOCK =
  "insert_deduplicate = 1, deduplicate_insert = 'enable', max_threads = 1, max_insert_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0";

/** What the replicas of one shard must do with one replicated table, in order. */
export class TableLog {
  readonly #table: TableName;
  #entries: readonly (Block | Change)[] = [];
  #columns: readonly string[] | null = null;

  constructor(table: TableName) {
    this.#table = table;
  }

  /** Whether an earlier INSERT brought the very same block. */
  hasBlock(hash: string): boolean {
    return this.#entries.some((entry) => entry.kind === 'rows' && entry.hash === hash);
  }

  /** Notes rows that a replica is about to write. */
  addBlock(block: Omit<Block, 'kind' | 'on' | 'owedBy'>, by: KeeperNode): Block {
    const added: Block = { kind: 'rows', ...block, on: new Set(), owedBy: by };
    this.#entries = [...this.#entries, added];
    return added;
  }

  /** Takes it back: it could not be written. */
  removeBlock(block: Block): void {
    this.#entries = this.#entries.filter((entry) => entry !== block);
  }

  /** `on`: the replicas that have done it. */
  addChange(sql: string, on: readonly KeeperNode[] = []): void {
    this.#entries = [...this.#entries, { kind: 'change', sql, on: new Set(on) }];
  }

  /** Nothing before it is needed any more. */
  addTruncate(): void {
    this.#entries = [];
    this.addChange(`TRUNCATE TABLE ${this.name}`);
  }

  /** A node lost its disk. */
  forget(node: KeeperNode): void {
    for (const entry of this.#entries) {
      entry.on.delete(node);
      if (entry.kind === 'rows' && entry.owedBy === node) entry.owedBy = null;
    }
  }

  /** The columns have changed. */
  reshaped(): void {
    this.#columns = null;
  }

  /** The columns that an INSERT can fill, in their order. */
  async columns(node: KeeperNode): Promise<readonly string[]> {
    const { database, name } = this.#table;
    this.#columns ??= (
      await node.rows<{ name: string }>(
        `SELECT name FROM system.columns WHERE database = ${literalCh(database)} AND table = ${literalCh(name)} AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
      )
    ).map((column) => column.name);
    return this.#columns;
  }

  /** Parts that no disk has any more. */
  get lost(): number {
    return this.#entries.filter(isLost).length;
  }

  /** Blocks and changes that a replica has yet to get. */
  waiting(node: KeeperNode): { blocks: number; changes: number } {
    const missing = this.#entries.filter((entry) => !entry.on.has(node) && !isLost(entry));
    const blocks = missing.filter((entry) => entry.kind === 'rows').length;
    return { blocks, changes: missing.length - blocks };
  }

  /**
   * Fetches what a replica has not, as far as replicas that have it live. Returns whether it has
   * all that is not lost.
   */
  async fetch(node: KeeperNode): Promise<boolean> {
    let isWhole = true;
    for (const entry of this.#entries) {
      if (entry.on.has(node) || isLost(entry)) continue;
      if (entry.kind === 'rows' && (entry.owedBy === node || [...entry.on].some(({ isAlive }) => isAlive))) await this.write(node, entry);
      else if (entry.kind === 'change' && isWhole) await this.#change(node, entry);
      else isWhole = false;
    }
    return isWhole;
  }

  /** Brings one block to a replica, and before it only what must be done before it. */
  async fetchBlock(node: KeeperNode, block: Block): Promise<void> {
    const before = this.#entries.slice(0, this.#entries.indexOf(block));
    if (before.some((entry) => entry.kind === 'change' && !entry.on.has(node))) await this.fetch(node);
    if (!block.on.has(node)) await this.write(node, block);
  }

  /** After a start: what the replica owes, and changes that no replica has done. */
  async resume(node: KeeperNode): Promise<void> {
    if (this.#entries.some((entry) => (entry.kind === 'rows' ? entry.owedBy === node : entry.on.size === 0))) await this.fetch(node);
  }

  /** Writes a block's rows into the table of a replica, unless they are there. */
  async write(node: KeeperNode, block: Block): Promise<void> {
    if (block.path === null) throw new Error(`the rows for ${node.label} were not kept`);
    const present = await this.columns(node);
    // A column that was dropped since is left out.
    const list = block.columns
      .filter((column) => present.includes(column))
      .map(quoteCh)
      .join(', ');
    const settings = `${ONE_BLOCK}, optimize_on_insert = ${Number(!block.isOfParts)}, insert_deduplication_token = ${literalCh(String(block.number))}`;
    await node.run(`INSERT INTO ${this.name} (${list}) SELECT ${list} FROM file(${literalCh(block.path)}, 'Native') SETTINGS ${settings}`);
    this.written(node, block);
  }

  /** The rows are in the table of a replica. */
  written(node: KeeperNode, block: Block): void {
    block.on.add(node);
    block.owedBy = null;
  }

  get name(): string {
    return qualifiedCh(this.#table.database, this.#table.name);
  }

  async #change(node: KeeperNode, { sql, on }: Change): Promise<void> {
    await node.run(sql);
    on.add(node);
  }
}

function isLost(entry: Block | Change): boolean {
  return entry.kind === 'rows' && entry.on.size === 0 && entry.owedBy === null;
}
