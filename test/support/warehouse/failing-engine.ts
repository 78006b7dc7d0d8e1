import { TailraceError } from '../../../core/errors.ts';
import type { Engine } from '../../../warehouse/engine.ts';

/**
 * An engine whose nth statement fails: before it ran, or after it ran and its answer was lost. Then
 * it stays away until it is healed.
 */
export class FailingEngine implements Engine {
  readonly traits: Engine['traits'];
  readonly #inner: Engine;
  #left = Number.POSITIVE_INFINITY;
  #ran = false;
  #away = false;

  constructor(inner: Engine) {
    this.#inner = inner;
    this.traits = inner.traits;
  }

  /** `ran`: the failing statement has its effect. */
  failAfter(statements: number, ran: boolean): void {
    this.#left = statements;
    this.#ran = ran;
  }

  get away(): boolean {
    return this.#away;
  }

  /** Whether the failure had come. */
  heal(): boolean {
    const was = this.#away;
    this.#away = false;
    this.#left = Number.POSITIVE_INFINITY;
    return was;
  }

  async exec(sql: string): Promise<void> {
    this.#left -= 1;
    if (this.#left >= 0 && !this.#away) return this.#inner.exec(sql);
    if (!this.#away && this.#ran) await this.#inner.exec(sql);
    this.#away = true;
    throw gone();
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
