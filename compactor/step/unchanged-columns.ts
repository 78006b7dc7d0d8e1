import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';

/** With more patterns than this, all columns are resolved. */
const MOST_PATTERNS = 256;

/**
 * Bits (positions in the files' schema) that any row of `source`, a SQL table expression, marks as
 * unchanged; null: there are too many patterns to tell.
 */
export async function unchangedBits(engine: Engine, source: string): Promise<ReadonlySet<number> | null> {
  const [found] = await engine.query<{ patterns: string[] }>(
    sql('unchanged-columns', { source, most: String(MOST_PATTERNS), settings: READ_SETTINGS }),
  );
  const patterns = found?.patterns ?? [];
  return patterns.length >= MOST_PATTERNS || patterns.length === 0 ? null : bitsOf(patterns);
}

/**
 * Bitmaps as hex, lowest bit of the first byte first → numbers of the bits that are set in any of
 * them.
 */
export function bitsOf(patterns: readonly string[]): ReadonlySet<number> {
  const bits = new Set<number>();
  for (const pattern of patterns) {
    for (const [index, byte] of Buffer.from(pattern, 'hex').entries()) {
      for (let bit = 0; bit < 8; bit += 1) if ((byte & (1 << bit)) !== 0) bits.add(index * 8 + bit);
    }
  }
  return bits;
}
