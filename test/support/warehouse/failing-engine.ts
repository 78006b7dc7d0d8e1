import { TailraceError } from '../../../core/errors.ts';
import type { Engine } from '../../../warehouse/engine.ts';

/** Where an engine fails. */
export interface Failure {
  /** That many statements still succeed. */
  readonly after: number;
  /** The failing statement has its effect, and only its answer is lost. */
  readonly ran: boolean;
  /** Only these statements count. Default: all that are run for their effect. */
  readonly of?: RegExp;
}

const ANY = /^/;

/**
 * An engine that fails at one statement: before it ran, or after it ran and its answer was lost.
 * Then it stays away until it is healed. A statement sent beside the failing one comes too late.
 */
export class FailingEngine implements Engine {
  readonly traits: Engine['traits'];
  readonly insertRows?: Engine['insertRows'] & {};
  readonly settle?: Engine['settle'] & {};
  readonly identify?: Engine['identify'] & {};
  readonly #inner: Engine;
  readonly #lose: () => Promise<void>;
  #failure: Failure | null = null;
  #passed = 0;
  #away = false;

  /** `lose`: the server is told that it gives no answer to a statement that ran. */
  constructor(inner: Engine, lose: () => Promise<void> = () => Promise.resolve()) {
    this.#inner = inner;
    this.#lose = lose;
    this.traits = inner.traits;
    if (inner.insertRows !== undefined) this.insertRows = (insert, body) => this.#effect(insert, () => inner.insertRows?.(insert, body));
    if (inner.settle !== undefined) this.settle = inner.settle.bind(inner);
    if (inner.identify !== undefined) this.identify = inner.identify.bind(inner);
  }

  get nodes(): readonly Engine[] {
    return this.#inner.nodes ?? [];
  }

  /** They fail and stay away together. */
  get shards(): readonly Engine[] {
    if (this.#inner.shards === undefined) return [this];
    return this.#inner.shards.map((shard) => ({
      traits: shard.traits,
      exec: (sql) => this.#effect(sql, () => shard.exec(sql)),
      execTogether: (statements) => this.execTogether(statements),
      query: (sql) => (this.#away ? Promise.reject(gone()) : shard.query(sql)),
      read: (request) => (this.#away ? Promise.reject(gone()) : shard.read(request)),
      insertRows: (insert, body) => this.#effect(insert, () => shard.insertRows?.(insert, body)),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }));
  }

  failAt(failure: Failure): void {
    this.#failure = failure;
    this.#passed = 0;
  }

  /**
   * Does some work in which it fails there, and answers again afterwards. Returns whether it came
   * to that. Errors: those of the work that came without it.
   */
  async breakOff(failure: Failure, work: () => Promise<void>): Promise<boolean> {
    this.failAt(failure);
    try {
      await work();
    } catch (error) {
      if (!this.#away) throw error;
    }
    return this.heal();
  }

  get away(): boolean {
    return this.#away;
  }

  /** Whether the failure had come. */
  heal(): boolean {
    const was = this.#away;
    this.#away = false;
    this.#failure = null;
    return was;
  }

  exec(sql: string): Promise<void> {
    return this.#effect(sql, () => this.#inner.exec(sql));
  }

  async execTogether(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.exec(sql);
  }

  query<T extends object>(sql: string): Promise<T[]> {
    return this.#away ? Promise.reject(gone()) : this.#inner.query<T>(sql);
  }

  read(request: Parameters<Engine['read']>[0]): ReturnType<Engine['read']> {
    return this.#inner.read(request);
  }

  async #effect(sql: string, run: () => Promise<void> | undefined): Promise<void> {
    if (this.#away) throw gone();
    if (!this.#fails(sql)) return run();
    // Before it runs, so that what another table sends at the same time has no effect.
    this.#away = true;
    if (this.#failure?.ran === true) {
      await this.#lose();
      await run()?.catch((error: unknown) => {
        if (!(error instanceof TailraceError && error.code === 'WAREHOUSE_UNAVAILABLE')) throw error;
      });
    }
    throw gone();
  }

  #fails(sql: string): boolean {
    if (this.#failure === null || !(this.#failure.of ?? ANY).test(sql)) return false;
    this.#passed += 1;
    return this.#passed > this.#failure.after;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function gone(): TailraceError {
  return new TailraceError('WAREHOUSE_UNAVAILABLE', 'the test let it fail');
}
