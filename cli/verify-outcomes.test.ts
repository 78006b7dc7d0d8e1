import { expect, test } from 'vitest';
import type { TableReport } from '../verifier/report.ts';
import { notComparable, verifyReport } from '../verifier/report.ts';
import { verifyOutcomes } from './verify-outcomes.ts';

const equal: TableReport = {
  table: 'public.a',
  match: true,
  sourceRows: 1,
  warehouseRows: 1,
  differingKeys: [],
  differences: [],
  error: null,
};
const differences = Array.from({ length: 12 }, (_, n) => ({ key: `${n}`, side: 'changed' as const, columns: ['v'], values: [], times: 1 }));

test('a verification is a row of tailrace.quality per table, with at most ten keys and no values', () => {
  const differs = {
    ...equal,
    table: 'public.b',
    match: false,
    differingKeys: differences.map(({ key }) => key),
    differences,
    error: '12 keys differ',
  };
  const report = verifyReport('0/1', null, [equal, differs, notComparable('public.c', 'its state is copying')]);
  const outcomes = verifyOutcomes(report, 12.4);
  expect(outcomes).toMatchObject([
    { test: 'verify', table: 'public.a', severity: 'error', ok: true, failures: 0, sample: [], durationMs: 12, error: null },
    { table: 'public.b', ok: false, failures: 12, error: '12 keys differ' },
    { table: 'public.c', ok: false, failures: 0, sample: [], error: 'its state is copying' },
  ]);
  expect(outcomes[1]?.sample).toEqual(differences.slice(0, 10).map(({ key }) => ({ key, side: 'changed', columns: ['v'] })));
});
