import { tableGlob } from './table-glob.ts';
import { parseQualifiedName } from './table.ts';

/** The freshness target of the tables whose name a glob matches; `*` is all of them. */
export interface FreshnessTarget {
  readonly glob: string;
  readonly ms: number;
}

/** The target of each table: the first one that matches it, else the one for all. */
export class FreshnessContract {
  readonly #targets: readonly { readonly matches: ReturnType<typeof tableGlob>; readonly ms: number }[];
  readonly #otherwiseMs: number;

  /** Throws NO_SUCH_TABLE for a glob that is not of the form schema.table. */
  constructor(targets: readonly FreshnessTarget[], otherwiseMs: number) {
    this.#targets = targets.map(({ glob, ms }) => ({ matches: glob === '*' ? () => true : tableGlob(glob), ms }));
    this.#otherwiseMs = otherwiseMs;
  }

  /**
   * For a table as `schema.table`, quoted as Postgres does it; in milliseconds. `leastMs`: what is
   * reached when all is well; the target for all is at least that.
   */
  targetMs(table: string, leastMs: number = 0): number {
    const name = parseQualifiedName(table);
    return this.#targets.find(({ matches }) => matches(name))?.ms ?? Math.max(this.#otherwiseMs, leastMs);
  }
}
