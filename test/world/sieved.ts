import type { Column, Table } from './model.ts';

/** The column that every table has whose rows are filtered. */
export const SIEVE = 'sieve';

const STEM = 'sieved';

/** Rows of filtered tables that are replicated; the rest, and where it is NULL, is not. */
export const PASSES = `${SIEVE} > 0`;

/** What the product is told of tables of such a name; from 15 on. */
export const FILTERS = { [`*.${STEM}*`]: { where: PASSES } };

/** Rows of tables of this name are filtered, in a world with filters. */
export function isSieved({ name }: Pick<Table, 'name'>): boolean {
  return name.startsWith(STEM);
}

/** A table of this description whose rows are filtered; `number`: one never given before. Its old rows are written whole, so its updates go on. */
export function sieved(table: Table, number: number): Table {
  const column: Column = { name: SIEVE, kind: 'int', generated: false };
  return { ...table, name: `${STEM}${number}`, columns: [...table.columns, column], identity: 'full', keepsIdentity: true };
}
