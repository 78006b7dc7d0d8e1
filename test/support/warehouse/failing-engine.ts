import { TailraceError } from '../../../core/errors.ts';
import type { Engine } from '../../../warehouse/engine.ts';

/**
 * An engine whose nth statement fails: before it ran, or after it ran and its answer was lost. Then
 * it stays away until it is healed.
 */
export class FailingEngine implements Engine {
  readonly traits: Engine['traits'];
  readonly insertArrow?: Engine['insertArrow'] & {};
  readonly identify?: Engine['identify'] & {};
  readonly #inner: Engine;
  readonly #lose: () => Promise<void>;
  #left = Number.POSITIVE_INFINITY;
  #ran = false;
  #away = false;
  #fits: RegExp | null = null;

  /** `lose`: the server is told that it gives no answer to a statement that ran. */
  constructor(inner: Engine, lose: () => Promise<void> = () => Promise.resolve()) {
    this.#inner = inner;
    this.#lose = lose;
    this.traits = inner.traits;
    if (inner.insertArrow !== undefined) this.insertArrow = (insert, body) => this.#effect(insert, () => inner.insertArrow?.(insert, body));
    if (inner.identify !== undefined) this.identify = inner.identify.bind(inner);
  }

  /** `ran`: the failing statement has its effect. */
  failAfter(statements: number, ran: boolean): void {
    this.#left = statements;
    this.#ran = ran;
  }

  /** The first statement that fits runs, and its answer is lost. */
  failAtText(fits: RegExp): void {
    this.#fits = fits;
    this.#ran = true;
  }

  get away(): boolean {
    return this.#away;
  }

  /** Whether the failure had come. */
  heal(): boolean {
    const was = this.#away;
    this.#away = false;
    this.#left = Number.POSITIVE_INFINITY;
    this.#fits = null;
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
    this.#left = this.#fits?.test(sql) === true ? -1 : this.#left - 1;
    if (this.#left >= 0 && !this.#away) return run();
    const first = !this.#away;
    // Before it runs, so that what another table sends at the same time has no effect.
    this.#away = true;
    if (first && this.#ran) {
      await this.#lose();
      await run()?.catch((error: unknown) => {
        if (!(error instanceof TailraceError && error.code === 'WAREHOUSE_UNAVAILABLE')) throw error;
      });
    }
    throw gone();
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
