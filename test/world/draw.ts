import type { Model, Table } from './model.ts';
import type { Random } from './random.ts';

/** What a world is made of beside plain changes; each world has some of it. */
export const FEATURES = [
  'key changes',
  'truncates',
  'partitions',
  'columns',
  'types',
  'names',
  'keys',
  'tables',
  'rewrites',
  'enums',
  'references',
  'rules',
  'filters',
  'savepoints',
  'subtransactions',
  'prepared',
  'sessions',
  'large',
  'kills',
  'outages',
] as const;
export type Feature = (typeof FEATURES)[number];

/** What drawing needs. */
export interface Draw {
  readonly random: Random;
  readonly model: Model;
  /** Server's major. */
  readonly version: number;
  readonly features: ReadonlySet<Feature>;
}

/**
 * A draw on behalf of one session, in a transaction that is open or that each statement is by
 * itself.
 */
export interface SessionDraw extends Draw {
  readonly session: number;
  /** Statements are inside BEGIN … COMMIT. */
  readonly inside: boolean;
}

/**
 * Draws statements on a table, and notes in the model what they make of it; nothing where it does
 * not apply.
 */
export type TableDraw = (draw: SessionDraw, table: Table) => string[];
