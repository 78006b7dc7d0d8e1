import { TailraceError } from '../core/errors.ts';
import { bytes } from '../core/figures.ts';
import { sql } from '../warehouse-sql/load.ts';
import { CLICKHOUSE, clickhouseCodeOf } from './clickhouse-code.ts';
import type { Engine } from './engine.ts';
import { quoteCh } from './names.ts';

/** Bytes; smaller values do not explain the failure. */
const LEAST_BYTES = 16 * 1024 * 1024;
/** Time limit of the look at the table: others may wait for it. */
const SECONDS = 10;

/**
 * The error of a statement over `table` (quoted), as a user should see it. When the engine ran out
 * of memory and a value of the table explains that, it is VALUE_TOO_LARGE with the size of the
 * largest value. Any other error is returned as it is.
 */
export async function ofLargeValue(engine: Engine, table: string, error: unknown): Promise<unknown> {
  if (clickhouseCodeOf(error) !== CLICKHOUSE.memoryLimit) return error;
  const largest = await largestValue(engine, table).catch(() => 0);
  if (largest < LEAST_BYTES) return error;
  return new TailraceError(
    'VALUE_TOO_LARGE',
    `the table has a value of ${bytes(largest)}, which is too large for the memory of the engine`,
    {
      cause: error,
    },
  );
}

/** Bytes of the largest text value in a table. */
async function largestValue(engine: Engine, table: string): Promise<number> {
  const columns = await engine.query<{ name: string; type: string }>(sql('table-columns', { table }));
  const texts = columns.filter(({ name, type }) => /^c\d+$/.test(name) && /^(?:Nullable\()?String\)?$/.test(type));
  if (texts.length === 0) return 0;
  const sizes = texts.map(({ name }) => `ifNull(max(${quoteCh(name)}.size), 0)`).join(', ');
  const [found] = await engine.query<{ bytes: string }>(sql('largest-value', { sizes, table, seconds: String(SECONDS) }));
  return Number(found?.bytes ?? 0);
}
