import type { Difference, DifferingValue, TableReport, VerifyReport } from '../verifier/report.ts';
import { table } from '../core/figures.ts';
import { plain } from './plain-text.ts';

const VERDICT = { true: 'equal', false: 'DIFFERENT', null: 'not comparable' };
const WHOLE = { true: 'source and warehouse are equal', false: 'source and warehouse DIFFER', null: 'some tables could not be compared' };
/** Characters of a key that are shown. */
const KEY_SHOWN = 120;

/** The report as text: a line per table, and below it the keys that differ with both values. */
export function verifyText(report: VerifyReport): string {
  const rows = report.tables.map((entry) => [
    entry.table,
    VERDICT[`${entry.match}`],
    String(entry.sourceRows ?? '–'),
    String(entry.warehouseRows ?? '–'),
    entry.error ?? '',
  ]);
  const [head = '', ...lines] = table([['table', '', 'source rows', 'warehouse rows', ''], ...rows], [2, 3]);
  const part = report.part === null ? '' : ` (compared: ${report.part})`;
  return [
    head,
    ...lines.flatMap((line, i) => [line, ...differenceLines(report.tables[i])]),
    '',
    `${WHOLE[`${report.match}`]} at ${report.lsn}${part}`,
    '',
  ].join('\n');
}

function differenceLines(entry: TableReport | undefined): string[] {
  return (entry?.differences ?? []).flatMap((difference) => {
    const values = difference.values.map((value) => `      ${value.column}: ${bothSides(value)}`);
    const hidden = difference.columns.filter((column) => difference.values.every((value) => value.column !== column));
    return [`    ${headline(difference)}`, ...values, ...hidden.map((column) => `      ${column}: differs (masked, not shown)`)];
  });
}

function headline({ key, side, times, columns }: Difference): string {
  const name = `key ${plain(key.length > KEY_SHOWN ? `${key.slice(0, KEY_SHOWN)}…` : key)}`;
  const often = times === 1 ? '' : ` ${times} times`;
  if (side === 'missing') return `${name}: missing${often} in the warehouse`;
  if (side === 'phantom') return `${name}: extra${often} in the warehouse`;
  return `${name}: ${columns.join(', ')} ${columns.length === 1 ? 'differs' : 'differ'}`;
}

function bothSides({ source, warehouse }: DifferingValue): string {
  const parts = [
    ...(source === undefined ? [] : [`${shown(source)} at the source`]),
    ...(warehouse === undefined ? [] : [`${shown(warehouse)} in the warehouse`]),
  ];
  return parts.join(', ');
}

/** Tells a text from NULL, and two texts that differ in invisible characters. */
function shown(value: string | null): string {
  return value === null ? 'NULL' : `'${plain(value)}'`;
}
