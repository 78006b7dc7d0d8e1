import type pg from 'pg';
import type { Compared } from './compare-table.ts';
import type { Judged } from './scale.ts';

/** The source, as an application sees it and with exact output. */
export interface Source {
  readonly application: pg.Client;
  readonly exact: pg.Client;
}

/**
 * One claim of the product and what tries to break it: tables, what is done to them, and how both
 * ends are compared.
 */
export interface Judge {
  readonly claim: string;
  /** How often `change` is called, each time with everything before in the warehouse. */
  readonly rounds: number;
  /** Makes the tables and the rows that are copied. */
  prepare(source: Source): Promise<void>;
  /** What is streamed. */
  change(source: Source, round: number): Promise<void>;
  /** `endpoint`: address of the warehouse's SQL. */
  compare(source: Source, endpoint: string): Promise<Compared>;
  /** What there was to judge; comparisons are counted by who calls. */
  judged(): Omit<Judged, 'comparisons'>;
}

/** Sums up comparisons. */
export function together(all: readonly Compared[]): Compared {
  return { cells: all.reduce((sum, { cells }) => sum + cells, 0), differences: all.flatMap(({ differences }) => differences) };
}
