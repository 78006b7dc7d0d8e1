import type { KeyRange } from './key-range.ts';

/**
 * A part of all keys, chosen by hash: both sides choose the same rows, including rows that the
 * other side lacks.
 */
export interface Sample {
  /** About this many rows of each table; null: `share` counts. */
  readonly rows: number | null;
  /** 0 to 1. */
  readonly share: number;
  /** Where the sample begins among the hashes (0 to 1), so that another run looks at other rows. */
  readonly start: number;
}

/** Which rows of a table are compared, as conditions of both sides. */
export interface ChosenRows {
  /** Over the row `s` and, where `needsPlace`, over `p._tr_place`. */
  readonly source: string;
  readonly needsPlace: boolean;
  /** Over the row `s` and `place`. */
  readonly warehouse: string;
}

/**
 * `filter`: which rows of the source are replicated, SQL over the row `s`. The warehouse has no
 * others.
 */
export function chooseRows(choice: {
  readonly filter: string | null;
  readonly sample: Sample | null;
  readonly keys: KeyRange | null;
  /** Rows of the table, roughly. */
  readonly rows: number;
}): ChosenRows {
  const { filter, sample, keys } = choice;
  const range = sample === null ? null : sampleRange(sample, choice.rows);
  const source = [
    ...(filter === null ? [] : [`(${filter}) IS TRUE`]),
    ...(keys === null || keys.index !== null ? [] : [keys.source]),
    ...(range === null ? [] : [between('p._tr_place', (n) => `'${n}'::bigint`, range)]),
  ];
  const warehouse = [
    ...(keys === null ? [] : [keys.warehouse]),
    ...(range === null ? [] : [between('place', (n) => `toInt64('${n}')`, range)]),
  ];
  return { source: source.join(' AND ') || 'true', needsPlace: range !== null, warehouse: warehouse.join(' AND ') || '1' };
}

const LEAST = -(2n ** 63n);
const ALL = 2n ** 64n;

/**
 * Both ends are inclusive. `from` above `to`: the range wraps around to the least number. Null:
 * everything.
 */
function sampleRange({ rows, share, start }: Sample, tableRows: number): { from: bigint; to: bigint } | null {
  const part = rows === null ? share : rows / Math.max(1, tableRows);
  if (part >= 1) return null;
  const length = part64(part);
  const from = part64(start) % ALL;
  const to = (from + (length > 0n ? length : 1n) - 1n) % ALL;
  return { from: from + LEAST, to: to + LEAST };
}

/** A share of 2^64; 53 bits of it are exact. */
function part64(share: number): bigint {
  return BigInt(Math.floor(share * 2 ** 53)) << 11n;
}

function between(place: string, literal: (n: bigint) => string, { from, to }: { from: bigint; to: bigint }): string {
  const [above, below] = [`${place} >= ${literal(from)}`, `${place} <= ${literal(to)}`];
  return from <= to ? `(${above} AND ${below})` : `(${above} OR ${below})`;
}
