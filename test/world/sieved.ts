import type { Draw } from './draw.ts';
import type { Column, Table } from './model.ts';

/** The column that every table has whose rows are filtered. */
export const SIEVE = 'sieve';

const STEM = 'sieved';

/** Rows of filtered tables that are replicated; the rest, and where it is NULL, is not. */
export const PASSES = `${SIEVE} > 0`;

/** The section `table` of the configuration for tables of such a name. */
export const FILTERS = { [`*.${STEM}*`]: { where: PASSES } };

/** Postgres has row filters from 15 on. */
export function hasFilters({ features, version }: Draw): boolean {
  return features.has('filters') && version >= 15;
}

/** Rows of tables of this name are filtered, in a world with filters. */
export function isSieved({ name }: Pick<Table, 'name'>): boolean {
  return name.startsWith(STEM);
}

export function sievedName(number: number): string {
  return `${STEM}${number}`;
}

/**
 * One that is always there: a filter that fits no table is taken for a mistake. Nothing else is
 * done with it.
 */
export const FIRST_SIEVED = `create table "public"."${STEM}" (${SIEVE} int primary key)`;

/**
 * A table of this description whose rows are filtered; `number`: one never given before. Its old
 * rows are written whole, so its updates go on.
 */
export function sieved(table: Table, number: number): Table {
  const column: Column = { name: SIEVE, kind: 'int', generated: false };
  return { ...table, name: sievedName(number), columns: [...table.columns, column], identity: 'full', keepsIdentity: true };
}
