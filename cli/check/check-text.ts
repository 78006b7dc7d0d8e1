import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { readGrants } from '../../postgres/publication/read-grants.ts';
import { RULE_ITEMS } from '../../postgres/preflight/rule-checks.ts';
import { NOTED } from '../../postgres/preflight/table-checks.ts';
import { table } from '../../core/figures.ts';
import type { CopyPlan } from './check-plan.ts';
import { wrap } from '../help.ts';

const WIDTH = 110;
const INDENT = ' '.repeat(8);
/** Tables that a line names; the SQL below it names them all. */
const MOST_NAMES = 5;

/**
 * The text of a check: good items in a few lines, then each problem once with all its tables, then
 * the plan.
 */
export function checkText(check: { items: readonly CheckItem[]; plan: CopyPlan; ready: boolean }): string {
  const { items, plan, ready } = check;
  const good = items.filter(({ table: of, verdict }) => of === undefined && verdict === 'ok');
  const ruled = items.filter(({ table: of, verdict, item }) => of !== undefined && verdict === 'ok' && RULE_ITEMS.has(item));
  const notes = Map.groupBy(
    items.filter(({ table: of, verdict, item }) => of !== undefined && verdict === 'ok' && NOTED.has(item)),
    ({ item }) => item,
  );
  const problems = Map.groupBy(
    items.filter(({ verdict }) => verdict !== 'ok'),
    ({ item, value, verdict }) => [verdict, item, value].join('\0'),
  );
  return [
    ...titled('ok', good.map(({ item, value }) => `${item}: ${value}`).join(' · ')),
    ...[...notes].flatMap(([item, some]) => titled('note', `${item}: ${some.map((one) => `${one.table} (${one.value})`).join(', ')}`)),
    ...ruled.map(({ item, value, table: of }) => `ok    ${of}: ${item}: ${value}`),
    ...[...problems.values()].flatMap(problemLines),
    '',
    ...table([['table', 'rows', 'size', 'time', 'how', 'warnings'], ...plan.lines], [1, 2, 3]),
    '',
    plan.summary,
    plan.cost,
    '',
    ready ? 'ready: start with `tailrace run`' : 'NOT ready: fix the items marked FAIL',
    '',
  ].join('\n');
}

function titled(sign: string, text: string): string[] {
  if (text === '') return [];
  return wrap(text, WIDTH).map((line, index) => `${index === 0 ? sign.padEnd(6) : INDENT}${line}`);
}

/** One problem of the server or of several tables, and the SQL that fixes it for all of them. */
function problemLines(items: readonly CheckItem[]): string[] {
  const [first] = items;
  if (first === undefined) return [];
  const names = items.flatMap(({ table: of }) => of ?? []);
  const more = names.length - MOST_NAMES;
  const of = names.length === 0 ? '' : `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}: `;
  return [
    `${first.verdict === 'fail' ? 'FAIL' : 'warn'}  ${of}${first.item}: ${first.value}`,
    ...fixesOf(items).map((line) => `${INDENT}${line}`),
  ];
}

function fixesOf(items: readonly CheckItem[]): string[] {
  const unreadable = items.flatMap((item) => item.unreadable ?? []);
  const [first] = unreadable;
  if (first !== undefined) return readGrants({ relations: unreadable.flatMap(({ relations }) => relations), user: first.user });
  return [...new Set(items.flatMap(({ fix }) => fix?.split('\n') ?? []))];
}
