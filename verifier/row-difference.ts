import type { ComparedColumn } from './comparison.ts';
import type { Difference, DifferingValue } from './report.ts';

/**
 * A row in full: for each column the md5 of its canonical text and its readable text; NULL where
 * the value is NULL.
 */
export interface FullRow {
  readonly digests: readonly (string | null)[];
  readonly shown: readonly (string | null)[];
  readonly key: readonly (string | null)[];
}

/**
 * One place where the sides differ: how many rows only the one and only the other has, and one row
 * of each.
 */
export interface DifferingRows {
  readonly onlySource: number;
  readonly onlyWarehouse: number;
  readonly source: FullRow | undefined;
  readonly warehouse: FullRow | undefined;
}

/** Columns that are shown of a row without a key. */
const SHOWN_COLUMNS = 20;
const DIGEST_SHOWN = 8;

/** How a row differs, in the terms of a report. Pure. */
export function rowDifference(columns: readonly ComparedColumn[], keyless: boolean, rows: DifferingRows): Difference {
  const more = rows.onlySource - rows.onlyWarehouse;
  const changed = rows.onlySource > 0 && rows.onlyWarehouse > 0 && !keyless;
  const side = changed ? 'changed' : more > 0 ? 'missing' : 'phantom';
  const numbered = columns.map((column, i) => ({ column, i }));
  const differing = changed ? numbered.filter(({ i }) => rows.source?.digests[i] !== rows.warehouse?.digests[i]) : [];
  const shown = changed ? differing : keyless ? numbered.slice(0, SHOWN_COLUMNS) : [];
  return {
    key: (rows.source ?? rows.warehouse)?.key.map((text) => text ?? 'NULL').join(', ') ?? '',
    side,
    columns: differing.map(({ column }) => column.name),
    values: shown
      .filter(({ column }) => column.hidden !== true)
      .map(({ column, i }): DifferingValue => {
        const source = rows.source?.shown[i] ?? null;
        const warehouse = rows.warehouse?.shown[i] ?? null;
        if (side === 'missing') return { column: column.name, source };
        if (side === 'phantom') return { column: column.name, warehouse };
        if (source !== warehouse) return { column: column.name, source, warehouse };
        return { column: column.name, source: withDigest(source, rows.source, i), warehouse: withDigest(warehouse, rows.warehouse, i) };
      }),
    times: Math.max(1, Math.abs(more)),
  };
}

/** Long texts may begin alike, and two that look alike may have different characters. */
function withDigest(shown: string | null, row: FullRow | undefined, i: number): string | null {
  return shown === null ? null : `${shown} [md5 ${row?.digests[i]?.slice(0, DIGEST_SHOWN) ?? ''}…]`;
}
