/**
 * One column of a differing row on each side, readable and shortened. A side that has no such row
 * is left out.
 */
export interface DifferingValue {
  readonly column: string;
  readonly source?: string | null;
  readonly warehouse?: string | null;
}

/** A row that differs between the two sides. */
export interface Difference {
  /** Values of the key, or the md5 of a row without one. */
  readonly key: string;
  /**
   * `changed`: both have it, with different values. `missing`: only the source has it. `phantom`:
   * only the warehouse has it.
   */
  readonly side: 'changed' | 'missing' | 'phantom';
  /** The columns that differ in a changed row. */
  readonly columns: readonly string[];
  /**
   * The differing columns of a changed row, or the first columns of a row without a key. Masked
   * columns are not shown.
   */
  readonly values: readonly DifferingValue[];
  /** How many more of it the one side has; above 1 only for rows without a key. */
  readonly times: number;
}

/** One table of a report. */
export interface TableReport {
  /** `schema.table`, quoted as Postgres's quote_ident does. */
  readonly table: string;
  /** Null: it could not be compared, and `error` says why. */
  readonly match: boolean | null;
  /** Rows that were compared. */
  readonly sourceRows: number | null;
  readonly warehouseRows: number | null;
  /** The first keys whose rows differ; `error` says how many there are. */
  readonly differingKeys: readonly string[];
  /** The same keys, with their differences. */
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
  /** The part of the rows that was compared, in words; null: all. */
  readonly part: string | null;
  readonly tables: readonly TableReport[];
}

/** False if one table differs, else null if one table could not be compared, else true. */
export function verifyReport(lsn: string, part: string | null, tables: readonly TableReport[]): VerifyReport {
  const matches = tables.map(({ match }) => match);
  return { lsn, match: matches.includes(false) ? false : matches.includes(null) ? null : true, part, tables };
}

/** A table that could not be compared. */
export function notComparable(table: string, error: string): TableReport {
  return { table, match: null, sourceRows: null, warehouseRows: null, differingKeys: [], differences: [], error };
}
