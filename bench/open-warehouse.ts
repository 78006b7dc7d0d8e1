import { Session } from 'chdb';
import type { Content } from './proof.ts';

/**
 * An embedded warehouse that nobody works on, opened as its owner would; it is closed when it is
 * disposed of.
 */
export class OpenWarehouse implements Disposable {
  readonly #session: Session;

  constructor(folder: string) {
    this.#session = new Session(folder);
  }

  exec(sql: string): void {
    this.#session.query(sql);
  }

  /** The answer of one row and one column, as text. */
  value(sql: string): string {
    return this.#session.query(sql, 'TabSeparated').trimEnd();
  }

  content(sql: string): Content {
    return JSON.parse(this.#session.query(sql, 'JSONEachRow')) as Content;
  }

  /** Seconds that a statement takes, its answer thrown away. */
  seconds(sql: string): number {
    const begun = performance.now();
    this.#session.query(sql, 'Null');
    return (performance.now() - begun) / 1000;
  }

  [Symbol.dispose](): void {
    this.#session.close();
  }
}
