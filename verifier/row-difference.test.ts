import { expect, test } from 'vitest';
import type { ComparedColumn } from './comparison.ts';
import { rowDifference } from './row-difference.ts';
import type { FullRow } from './row-difference.ts';

const column = (id: number, name: string, hidden = false): ComparedColumn => ({ id, name, type: { kind: 'text' }, typeOid: 25, hidden });
const COLUMNS = [column(1, 'id'), column(2, 'v'), column(3, 'secret', true)];
const row = (key: string, ...values: (string | null)[]): FullRow => ({
  digests: values.map((value) => (value === null ? null : `digest of ${value}`)),
  shown: values,
  key: [key],
});

test('a changed row has the columns that differ, and the values of those that may be shown', () => {
  const rows = { onlySource: 1, onlyWarehouse: 1, source: row('1', '1', 'a', 'x'), warehouse: row('1', '1', null, 'y') };
  expect(rowDifference(COLUMNS, false, rows)).toEqual({
    key: '1',
    side: 'changed',
    columns: ['v', 'secret'],
    values: [{ column: 'v', source: 'a', warehouse: null }],
    times: 1,
  });
});

test('a row of one side alone has its key, and without a key its values and how often', () => {
  const gone = { onlySource: 1, onlyWarehouse: 0, source: row('1', '1', 'a', 'x'), warehouse: undefined };
  expect(rowDifference(COLUMNS, false, gone)).toEqual({ key: '1', side: 'missing', columns: [], values: [], times: 1 });
  const tooMuch = { onlySource: 0, onlyWarehouse: 2, source: undefined, warehouse: row('md5', '1', null, 'x') };
  expect(rowDifference(COLUMNS, true, tooMuch)).toEqual({
    key: 'md5',
    side: 'phantom',
    columns: [],
    values: [
      { column: 'id', warehouse: '1' },
      { column: 'v', warehouse: null },
    ],
    times: 2,
  });
});

test('values that look the same and are not are told apart by a digest', () => {
  const source = { ...row('1', '1', 'a', 'x'), digests: ['d', '0123456789', 'x'] };
  const warehouse = { ...row('1', '1', 'a', 'x'), digests: ['d', 'abcdefghij', 'x'] };
  expect(rowDifference(COLUMNS, false, { onlySource: 1, onlyWarehouse: 1, source, warehouse }).values).toEqual([
    { column: 'v', source: 'a [md5 01234567…]', warehouse: 'a [md5 abcdefgh…]' },
  ]);
});
