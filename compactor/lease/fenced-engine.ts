import type { Engine } from '../../warehouse/engine.ts';
import { sql } from '../../warehouse-sql/load.ts';

/**
 * A server that several compactors may believe to own. Inserts of rows and of state contain the
 * fence. Other statements cannot, so the lease is checked right before each. A process that is
 * frozen between the two sends its statement late: what must not come late is confirmed after it.
 */
export class FencedEngine implements Engine {
  readonly traits: Engine['traits'];
  readonly read: Engine['read'];
  readonly insertRows?: Engine['insertRows'] & {};
  readonly shards?: Engine[];
  /** They are only synced, which is right for every owner. */
  readonly nodes?: readonly Engine[];
  readonly lagging?: Engine['lagging'] & {};
  readonly #inner: Engine;
  readonly #fence: string;

  constructor(inner: Engine, fence: string) {
    this.#inner = inner;
    this.#fence = fence;
    this.traits = inner.traits;
    this.read = inner.read.bind(inner);
    // One machine may say that it is its own shard.
    if (inner.shards !== undefined) this.shards = inner.shards.map((shard) => (shard === inner ? this : new FencedEngine(shard, fence)));
    if (inner.nodes !== undefined) this.nodes = inner.nodes;
    if (inner.lagging !== undefined) this.lagging = inner.lagging.bind(inner);
    if (inner.insertRows !== undefined) this.insertRows = inner.insertRows.bind(inner);
  }

  async exec(statement: string): Promise<void> {
    if (!statement.includes(this.#fence)) await this.confirm();
    await this.#inner.exec(statement);
  }

  async confirm(): Promise<void> {
    await this.#inner.query(sql('check-fence', { fence: this.#fence }));
  }

  discard(statement: string): Promise<void> {
    return this.#inner.exec(statement);
  }

  async execTogether(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.exec(statement);
  }

  query<T extends object>(statement: string): Promise<T[]> {
    return this.#inner.query<T>(statement);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
