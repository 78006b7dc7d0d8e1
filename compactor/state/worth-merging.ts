/** The parts of a storage, before merging. */
export interface StorageParts {
  readonly bytes: number;
  readonly rows: number;
  /** Rows outside of the largest part. */
  readonly apart: number;
}

/**
 * How many rows may be rewritten for a row that changed. A thousandth of a table in random rows
 * has a row in almost every granule, and a view then costs several times a plain table.
 */
const REWRITTEN_PER_ROW = 1_000;

/** A larger storage is never merged as a whole because of its readers: that would take minutes. */
const LARGE_BYTES = 1_000_000_000;

/** Whether a storage shall become one part once it is quiet. */
export function isWorthMerging({ bytes, rows, apart }: StorageParts, largeBytes: number = LARGE_BYTES): boolean {
  return bytes <= largeBytes && apart > 0 && apart * REWRITTEN_PER_ROW >= rows;
}
