import { sql } from '../warehouse-sql/load.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import type { Leaf } from '../postgres/catalog/leaves.ts';
import { rangeCondition } from '../postgres/catalog/page-range.ts';
import type { KeyRange } from './key-range.ts';

/**
 * Cuts one relation into pieces, one after the other: conditions over the row `s`. Null: there are
 * no more.
 */
export interface Cutter {
  next(rows: number): Promise<string | null>;
  /** Takes the number of rows that the last piece had. */
  found(rows: number): void;
}

const FIRST_ROWS_PER_PAGE = 100;

/** By pages, in the order of storage. A relation without page ranges is one piece. */
export function cutByPages(leaf: Leaf): Cutter {
  let from = 0;
  let pages = 0;
  let over = false;
  let perPage = FIRST_ROWS_PER_PAGE;
  return {
    async next(rows) {
      if (over) return null;
      pages = Math.max(1, Math.floor(rows / perPage));
      over = !leaf.heap || from + pages >= leaf.pages;
      const condition = rangeCondition({ leafOid: leaf.oid, from, to: over ? null : from + pages }, 's.ctid');
      from += pages;
      return condition;
    },
    found(rows) {
      // Pages without rows take time as well.
      perPage = Math.max(0.1, rows / pages);
    },
  };
}

/** By keys, along an index: only rows of the range are read. */
export function cutByKeys(inside: SqlConnection, leaf: Leaf, keys: KeyRange & { index: NonNullable<KeyRange['index']> }): Cutter {
  const { column, type } = keys.index;
  const literal = (value: string): string => `'${value.replaceAll("'", "''")}'::${type}`;
  let after: string | null = null;
  let over = false;
  return {
    async next(rows) {
      if (over) return null;
      const rest: string = after === null ? keys.source : `${keys.source} AND ${column} > ${literal(after)}`;
      const [last] = await inside.query<{ key: string }>(
        sql('verify-source-cut', { column, table: leaf.table, rest, skip: String(rows - 1) }),
      );
      over = last === undefined;
      after = last?.key ?? after;
      return over ? rest : `${rest} AND ${column} <= ${literal(after ?? '')}`;
    },
    found() {
      // The index finds the next end by itself.
    },
  };
}
