import { duration, table } from '../core/figures.ts';
import type { TestOutcome } from '../transformer/quality/run-tests.ts';
import type { TestReport } from '../transformer/quality/test-report.ts';
import { plain } from './plain-text.ts';

/** Characters of a failing row that are shown. */
const ROW_SHOWN = 300;

/** The report as text: a line per test, and below it its failing rows. Pure. */
export function testText({ lsn, passed, failed, warned, tests }: TestReport): string {
  const rows = tests.map((one) => [one.table, one.test, verdict(one), duration(one.durationMs / 1_000)]);
  const [head = '', ...lines] = table([['table', 'test', '', 'time'], ...rows], [3]);
  const untold = tests.filter(({ error }) => error !== null).length;
  const counts = [
    `${passed} passed`,
    ...(failed === 0 ? [] : [`${failed} FAILED`]),
    ...(warned === 0 ? [] : [`${warned} warned`]),
    ...(untold === 0 ? [] : [`${untold} could not be told`]),
  ];
  return [head, ...lines.flatMap((line, at) => [line, ...rowLines(tests[at])]), '', `${counts.join(', ')} at ${lsn}`, ''].join('\n');
}

function verdict({ ok, severity, failures, error }: TestOutcome): string {
  if (error !== null) return 'cannot tell';
  if (ok) return 'passed';
  return `${severity === 'error' ? 'FAILED' : 'warning'}: ${failures} ${failures === 1 ? 'row' : 'rows'}`;
}

function rowLines(outcome: TestOutcome | undefined): string[] {
  if (outcome === undefined) return [];
  if (outcome.error !== null) return [`    ${plain(outcome.error)}`];
  const shown = outcome.sample
    .map((row) => JSON.stringify(row))
    .map((row) => (row.length > ROW_SHOWN ? `${row.slice(0, ROW_SHOWN)}…` : row));
  const more = outcome.failures - outcome.sample.length;
  return [...shown.map((row) => `    ${plain(row)}`), ...(more > 0 && shown.length > 0 ? [`    and ${more} more`] : [])];
}
