/** One table of a report. */
export interface TableReport {
  /** `schema.table`, quoted as Postgres's quote_ident does. */
  readonly table: string;
  /** Null: could not be compared, `error` says why. */
  readonly match: boolean | null;
  readonly sourceRows: number | null;
  readonly warehouseRows: number | null;
  /** The first of the keys whose rows differ; how many there are is in `error`. */
  readonly differingKeys: readonly string[];
  /** Why it differs or could not be compared; a note where it is equal. */
  readonly error: string | null;
}

/** Content of source and warehouse compared at one position. `match` is true only when every table is equal. */
export interface VerifyReport {
  readonly lsn: string;
  readonly match: boolean | null;
  readonly tables: readonly TableReport[];
}

/** Different if one table is, else not comparable if one table is not, else equal. */
export function verifyReport(lsn: string, tables: readonly TableReport[]): VerifyReport {
  const matches = tables.map(({ match }) => match);
  return { lsn, match: matches.includes(false) ? false : matches.includes(null) ? null : true, tables };
}

/** A table that could not be compared. */
export function notComparable(table: string, error: string): TableReport {
  return { table, match: null, sourceRows: null, warehouseRows: null, differingKeys: [], error };
}
