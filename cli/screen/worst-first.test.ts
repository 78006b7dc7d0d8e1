import { expect, test } from 'vitest';
import type { TableStatus } from '../../monitor/status.ts';
import { worstFirst, worstThatFit } from './worst-first.ts';

function table(name: string, other: Partial<TableStatus> = {}): TableStatus {
  const well = { state: 'live', asOf: null, freshnessSeconds: 1, slaSeconds: 60, appendOnly: false, cause: null, error: null } as const;
  return { table: name, ...well, ...other };
}

const error = { code: 'LAKE_CORRUPT', message: 'it is missing', at: '' };
const TABLES = [
  table('a'),
  table('b', { freshnessSeconds: 30 }),
  table('c', { freshnessSeconds: 20, slaSeconds: 30 }),
  table('d', { state: 'copying', freshnessSeconds: null }),
  table('e', { state: 'parked', error }),
  table('f', { state: 'unpublished', freshnessSeconds: null, error }),
];

test('tables that need a person come first, then those on their way, then by the share of the target used', () => {
  expect(worstFirst(TABLES).map((one) => one.table)).toEqual(['e', 'f', 'd', 'c', 'b', 'a']);
});

test('the live page has the same order', async () => {
  const script = new URL('../../monitor-page/tables.js', import.meta.url);
  const page: { worstFirst: typeof worstFirst } = await import(script.href);
  expect(page.worstFirst(TABLES)).toEqual(worstFirst(TABLES));
});

test.each([
  [6, ['e', 'f', 'd', 'c', 'b', 'a'], null],
  [4, ['e', 'f', 'd'], '3 more'],
  [1, ['e'], '5 more'],
  [0, ['e'], '5 more'],
])('in %i lines the worst are shown, and the others counted', (lines, shown, rest) => {
  const fit = worstThatFit(TABLES, lines);
  expect([fit.shown.map((one) => one.table), fit.rest]).toEqual([shown, rest]);
});
