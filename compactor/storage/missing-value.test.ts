import { expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { missingValue } from './missing-value.ts';

const cases: [ColumnType, string, string | null][] = [
  [{ kind: 'bool' }, 't', 'true'],
  [{ kind: 'int8' }, '-5', '-5'],
  [{ kind: 'float8' }, 'NaN', "CAST('nan', 'Float64')"],
  [{ kind: 'numeric', precision: 5, scale: 2 }, '1.50', "CAST('1.50', 'Decimal(5, 2)')"],
  [{ kind: 'numeric', precision: 5, scale: 2 }, 'NaN', null],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, '1.50', "CAST('1.50', 'Decimal(76, 38)')"],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, `0.${'0'.repeat(40)}`, `CAST('0.${'0'.repeat(40)}', 'Decimal(76, 38)')`],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, `1${'0'.repeat(38)}`, null],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, `0.${'0'.repeat(38)}1`, null],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, 'Infinity', null],
  [{ kind: 'array', element: { kind: 'numeric', precision: 76, scale: 38, unbounded: true } }, '{1,1e50}', null],
  [{ kind: 'date' }, '2020-02-29', "toDate32('2020-02-29')"],
  [{ kind: 'date' }, 'infinity', null],
  [{ kind: 'timestamp' }, '1970-01-01 00:00:01.5', "fromUnixTimestamp64Micro(1500000, 'UTC')"],
  [{ kind: 'timestamptz' }, '1970-01-01 02:00:00+02', "fromUnixTimestamp64Micro(0, 'UTC')"],
  [{ kind: 'timestamptz' }, '1969-12-31 18:30:00-05:30', "fromUnixTimestamp64Micro(0, 'UTC')"],
  [{ kind: 'timestamp' }, '0044-03-15 00:00:00 BC', null],
  [{ kind: 'time' }, '24:00:00', "CAST('24:00:00', 'Time64(6)')"],
  [{ kind: 'bytea' }, '\\x00ff', "unhex('00ff')"],
  [{ kind: 'text' }, "it's", "'it\\'s'"],
  [{ kind: 'array', element: { kind: 'int4' } }, '{1,NULL,3}', '[1, NULL, 3]'],
  [{ kind: 'array', element: { kind: 'text' } }, '{"a,\\"b",NULL,c}', "['a,\"b', NULL, 'c']"],
  [{ kind: 'array', element: { kind: 'int4' } }, '{}', '[]'],
  [{ kind: 'array', element: { kind: 'int4' } }, '{{1},{2}}', null],
];

test.each(cases)('%j has missing value %s as %s', (type, text, expected) => {
  expect(missingValue(type, text)).toBe(expected);
});
