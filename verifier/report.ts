/**
 * What one column of a differing row has on each side, as people read it and cut short. A side that
 * has no such row is left out.
 */
export interface DifferingValue {
  readonly column: string;
  readonly source?: string | null;
  readonly warehouse?: string | null;
}

/** A row that is not the same on both sides. */
export interface Difference {
  /** Values of the key, or the md5 of a row without one. */
  readonly key: string;
  /**
   * `changed`: both have it, with other values. `missing`: only the source has it. `phantom`: only
   * the warehouse has it.
   */
  readonly side: 'changed' | 'missing' | 'phantom';
  /** Of a changed row: the columns that differ. */
  readonly columns: readonly string[];
  /**
   * Of a changed row those columns, of a row without key the first ones of all; masked columns are
   * not shown.
   */
  readonly values: readonly DifferingValue[];
  /** How many times more the one side has it; more than 1 only for rows without a key. */
  readonly times: number;
}

/** One table of a report. */
export interface TableReport {
  /** `schema.table`, quoted as Postgres's quote_ident does. */
  readonly table: string;
  /** Null: could not be compared, `error` says why. */
  readonly match: boolean | null;
  /** Rows that were compared. */
  readonly sourceRows: number | null;
  readonly warehouseRows: number | null;
  /** The first of the keys whose rows differ; how many there are is in `error`. */
  readonly differingKeys: readonly string[];
  /** The same keys, and what differs. */
  readonly differences: readonly Difference[];
  /** Why it differs or could not be compared; a note where it is equal. */
  readonly error: string | null;
}

/**
 * Content of source and warehouse compared at one position. `match` is true only when every table
 * is equal.
 */
export interface VerifyReport {
  readonly lsn: string;
  readonly match: boolean | null;
  /** What part of the rows was compared, in words; null: all. */
  readonly part: string | null;
  readonly tables: readonly TableReport[];
}

/** Different if one table is, else not comparable if one table is not, else equal. */
export function verifyReport(lsn: string, part: string | null, tables: readonly TableReport[]): VerifyReport {
  const matches = tables.map(({ match }) => match);
  return { lsn, match: matches.includes(false) ? false : matches.includes(null) ? null : true, part, tables };
}

/** A table that could not be compared. */
export function notComparable(table: string, error: string): TableReport {
  return { table, match: null, sourceRows: null, warehouseRows: null, differingKeys: [], differences: [], error };
}
