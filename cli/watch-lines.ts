import { duration, table } from '../core/figures.ts';

interface AnswerData {
  readonly lsn: string;
  readonly asOf: string | null;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly ms: number;
}

const NUMBER = /^(?:Nullable\()?(?:U?Int|Float|BFloat|Decimal)/;

/**
 * The data of a `rows` event (watcher/watched-query.ts) → lines for a terminal: where it stands,
 * then its rows as a table.
 */
export function answerLines(data: string, nowMs: number): string[] {
  const { lsn, asOf, columns, types, rows, ms } = JSON.parse(data) as AnswerData;
  const lag = asOf === null ? '' : `, as of ${asOf}, ${duration(Math.max(0, nowMs - Date.parse(asOf)) / 1000)} ago`;
  const right = types.flatMap((type, column) => (NUMBER.test(type) ? [column] : []));
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`;
  return [`${count} at ${lsn}${lag}; answered in ${ms} ms`, ...table([columns, ...rows.map((row) => row.map(cellText))], right)];
}

function cellText(value: unknown): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
