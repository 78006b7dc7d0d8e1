import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { abortAfter } from '../core/timer.ts';
import { clickhouseCodeOf } from '../warehouse/clickhouse-code.ts';
import type { Engine } from '../warehouse/engine.ts';
import type { WatchLimits } from './watch-limits.ts';

/** The whole result of one execution. */
export interface Answer {
  readonly columns: readonly string[];
  /** ClickHouse's types, in the order of the columns. */
  readonly types: readonly string[];
  /** A JSON array of arrays, in the order of the columns. */
  readonly rows: string;
  /** How long the execution took, in milliseconds. */
  readonly ms: number;
}

const FORMAT = 'JSONCompactEachRowWithNamesAndTypes';
/** The engine ends the query itself; this ends it when the engine is silent. */
const SILENT_MS = 5_000;
/** TIMEOUT_EXCEEDED */
const TIMED_OUT = 159;
const NEWLINE = 0x0a;

/**
 * Runs a SELECT as a reader and reads its result to the end. Throws WATCH_LIMIT when it is too
 * large or takes too long; then the engine ends the query.
 */
export async function answer(
  engine: Pick<Engine, 'read'>,
  { select, signal, limits }: { select: string; signal: AbortSignal; limits: WatchLimits },
): Promise<Answer> {
  const begunMs = elapsed();
  const late = abortAfter(limits.seconds * 1000 + SILENT_MS);
  try {
    const { body } = await engine.read({
      sql: select,
      format: FORMAT,
      settings: {
        max_execution_time: String(limits.seconds),
        output_format_json_quote_64bit_integers: '0',
        output_format_json_quote_decimals: '0',
        output_format_json_quote_denormals: '0',
      },
      signal: AbortSignal.any([signal, late]),
    });
    const lines = await linesOf(body as AsyncIterable<Buffer>, limits);
    const [columns = '[]', types = '[]', ...rows] = lines;
    return {
      columns: JSON.parse(columns) as string[],
      types: JSON.parse(types) as string[],
      rows: `[${rows.join(',')}]`,
      ms: Math.round(elapsed() - begunMs),
    };
  } catch (error) {
    if (late.aborted || clickhouseCodeOf(error) === TIMED_OUT) throw tooMuch(`the query ran for more than ${limits.seconds} s`);
    throw error;
  }
}

/** Each row is one line: newlines in values are escaped. */
async function linesOf(body: AsyncIterable<Buffer>, { rows, bytes }: WatchLimits): Promise<string[]> {
  const chunks: Buffer[] = [];
  let size = 0;
  let lines = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > bytes) throw tooMuch(`the answer has more than ${bytes.toLocaleString('en')} bytes`);
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    // Two lines are the names and the types.
    if (lines > rows + 2) throw tooMuch(`the answer has more than ${rows.toLocaleString('en')} rows`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1);
}

function tooMuch(what: string): TailraceError {
  return new TailraceError('WATCH_LIMIT', what, { hint: 'Aggregate or filter in the query.' });
}
