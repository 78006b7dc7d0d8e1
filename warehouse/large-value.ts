import { TailraceError } from '../core/errors.ts';
import { bytes } from '../core/figures.ts';
import { sql } from '../warehouse-sql/load.ts';
import { CLICKHOUSE, clickhouseCodeOf } from './clickhouse-code.ts';
import type { Engine } from './engine.ts';
import { quoteCh } from './names.ts';

/** Smaller values are not the reason. */
const LEAST_BYTES = 16 * 1024 * 1024;
/** The figure is worth a look at the table, and no long one: others may wait meanwhile. */
const SECONDS = 10;

/**
 * The error of a statement over `table` (quoted) as a person should see it. When it is the engine's
 * memory and the table has a value that explains it, that is VALUE_TOO_LARGE with the size of the
 * largest one; any other error is returned as it is.
 */
export async function ofLargeValue(engine: Engine, table: string, error: unknown): Promise<unknown> {
  if (clickhouseCodeOf(error) !== CLICKHOUSE.memoryLimit) return error;
  const largest = await largestValue(engine, table).catch(() => 0);
  if (largest < LEAST_BYTES) return error;
  return new TailraceError('VALUE_TOO_LARGE', `the table has a value of ${bytes(largest)}, and the engine has not enough memory for it`, {
    cause: error,
  });
}

/** Bytes of the largest text of the source in a table. */
async function largestValue(engine: Engine, table: string): Promise<number> {
  const columns = await engine.query<{ name: string; type: string }>(`DESCRIBE TABLE ${table}`);
  const texts = columns.filter(({ name, type }) => /^c\d+$/.test(name) && /^(?:Nullable\()?String\)?$/.test(type));
  if (texts.length === 0) return 0;
  const sizes = texts.map(({ name }) => `ifNull(max(${quoteCh(name)}.size), 0)`).join(', ');
  const [found] = await engine.query<{ bytes: string }>(sql('largest-value', { sizes, table, seconds: String(SECONDS) }));
  return Number(found?.bytes ?? 0);
}
