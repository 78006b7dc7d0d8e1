import { TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { NAME_BYTES, partitionFolder } from './export-key.ts';
import type { ExportColumn } from './parquet-column.ts';

/** Each value of the partition column is a query and a folder. */
const MOST_PARTITIONS = 1_000;
/** Types whose text is the same for equal values and reads well as a folder. */
const PARTITION_TYPE =
  /^(?:LowCardinality\(|Nullable\()*(?:U?Int(?:8|16|32|64)|String|FixedString|Date(?:32|Time|Time64)?|Bool|Enum(?:8|16)|UUID|Decimal\w*)\b/;

/** Sorting more would take more memory than a query has. */
const MOST_SORTED_ROWS = 500_000;

/** One file that is to be written. */
interface PlannedFile {
  /** '' or ends in a slash */
  readonly folder: string;
  /** The statements whose rows it gets: the next one where the engine lacks memory for one. */
  readonly selects: readonly string[];
}

/** The files of one folder. */
export interface PlannedFolder {
  readonly files: readonly PlannedFile[];
  /** as the engine counts them */
  readonly rows: number;
}

/** The rows that are exported. */
interface Rows {
  /** what stands behind FROM */
  readonly from: string;
  readonly columns: readonly ExportColumn[];
  /** columns that no two rows agree in; empty: none are known */
  readonly key: readonly string[];
  readonly partition: string | null;
  /** most rows of one file */
  readonly fileRows: number;
}

/**
 * Counts the rows and divides them into folders and files. A small file is in the order of the key,
 * so that equal rows give equal files however the engine has stored them. A larger one is as the
 * engine reads it.
 * BAD_ARGUMENT when the table cannot be divided by that column.
 */
export async function planFiles(engine: Pick<Engine, 'query'>, rows: Rows): Promise<PlannedFolder[]> {
  if (rows.partition === null) {
    const [found] = await engine.query<{ rows: string }>(sql('export-count', { from: rows.from }));
    return [plannedFolder(rows, { folder: '', within: null, rows: Number(found?.rows ?? 0) })];
  }
  const column = partitionColumn(rows, rows.partition);
  const text = `toString(${quoteCh(column.name)})`;
  const found = await engine.query<{ value: string | null; rows: string }>(
    sql('export-partitions', { column: quoteCh(column.name), from: rows.from, most: String(MOST_PARTITIONS + 1) }),
  );
  if (found.length > MOST_PARTITIONS)
    throw new TailraceError('BAD_ARGUMENT', `column "${column.name}" has more than ${MOST_PARTITIONS} values, too many for --partition`);
  return found.map(({ value, rows: count }) => {
    const folder = partitionFolder(column.name, value === null ? null : Buffer.from(value, 'hex'));
    if (folder.length > NAME_BYTES)
      throw new TailraceError('BAD_ARGUMENT', `column "${column.name}" has a value that is too long for a folder of --partition`);
    const within = value === null ? `isNull(${quoteCh(column.name)})` : `ifNull(${text} = unhex('${value}'), false)`;
    return plannedFolder(rows, { folder, within, rows: Number(count) });
  });
}

function partitionColumn({ columns }: Rows, name: string): ExportColumn {
  const column = columns.find((one) => one.name === name);
  if (column === undefined)
    throw new TailraceError(
      'BAD_ARGUMENT',
      `there is no column "${name}" for --partition; the columns are ${columns.map((one) => one.name).join(', ')}`,
    );
  if (PARTITION_TYPE.test(column.type)) return column;
  throw new TailraceError(
    'BAD_ARGUMENT',
    `column "${name}" is ${column.type}, which --partition does not take; allowed: whole numbers, decimals, text, dates, times, Bool, Enum, UUID`,
  );
}

function plannedFolder(
  { from, columns, key, fileRows }: Rows,
  { folder, within, rows }: { folder: string; within: string | null; rows: number },
): PlannedFolder {
  const list = columns.map(({ name, expression }) => `${expression} AS ${quoteCh(name)}`).join(', ');
  const files = Math.max(1, Math.ceil(rows / fileRows));
  const hash = `cityHash64(${(key.length > 0 ? key.map(quoteCh) : columns.map(({ expression }) => expression)).map((value) => `tuple(${value})`).join(', ')})`;
  const sorted = `ORDER BY ${key.length > 0 ? key.map((name) => `identity(${quoteCh(name)})`).join(', ') : hash}`;
  const orders = rows / files > MOST_SORTED_ROWS ? [''] : [sorted, ''];
  return {
    rows,
    files: Array.from({ length: files }, (_, n) => {
      const conditions = [...(within === null ? [] : [within]), ...(files === 1 ? [] : [`${hash} % ${files} = ${n}`])];
      const condition = conditions.length === 0 ? 'true' : conditions.join(' AND ');
      return { folder, selects: orders.map((order) => sql('export-rows', { columns: list, from, condition, order })) };
    }),
  };
}
