import { expect, test } from 'vitest';
import { notComparable, verifyReport } from '../verifier/report.ts';
import type { Difference, TableReport } from '../verifier/report.ts';
import { verifyText } from './verify-text.ts';

const difference = (facts: Partial<Difference>): Difference => ({ key: '7', side: 'changed', columns: [], values: [], times: 1, ...facts });

function different(...differences: Difference[]): TableReport {
  const differingKeys = differences.map(({ key }) => key);
  return { table: 'public.t', match: false, sourceRows: 5, warehouseRows: 6, differingKeys, differences, error: 'x keys differ' };
}

const lines = (...tables: TableReport[]) => verifyText(verifyReport('0/1', null, tables)).split('\n');

test('each differing key is named with its columns and what both sides have', () => {
  const changed = difference({ columns: ['v', 'secret'], values: [{ column: 'v', source: null, warehouse: '' }] });
  expect(lines(different(changed))).toEqual([
    'table                source rows  warehouse rows',
    'public.t  DIFFERENT            5               6  x keys differ',
    '    key 7: v, secret differ',
    "      v: NULL at the source, '' in the warehouse",
    '      secret: differs (masked, not shown)',
    '',
    'source and warehouse DIFFER at 0/1',
    '',
  ]);
});

test('a missing row is reported with its side, a row without key with its values', () => {
  const phantom = difference({ side: 'phantom', key: 'd41d', times: 2, values: [{ column: 'v', warehouse: 'a' }] });
  expect(lines(different(difference({ side: 'missing' }), phantom)).slice(2, 5)).toEqual([
    '    key 7: missing in the warehouse',
    '    key d41d: extra 2 times in the warehouse',
    "      v: 'a' in the warehouse",
  ]);
});

test('invisible characters are written out, and nothing moves the cursor', () => {
  const odd = difference({ key: 'a\nb', columns: ['v'], values: [{ column: 'v', source: 'x\u200b', warehouse: '\u001b[2Jx' }] });
  expect(lines(different(odd)).slice(2, 4)).toEqual([
    '    key a\\u000ab: v differs',
    "      v: 'x\\u200b' at the source, '\\u001b[2Jx' in the warehouse",
  ]);
});

test('the compared part is named', () => {
  expect(verifyText(verifyReport('0/1', 'a sample of 1 %', []))).toContain('equal at 0/1 (compared: a sample of 1 %)');
  expect(lines(notComparable('public.t', 'parked'))[1]).toBe('public.t  not comparable            –               –  parked');
});
