import { printElement } from '../../../core/array-text.ts';
import { PLAIN_KINDS } from '../../../core/column-kinds.ts';
import type { PlainKind } from '../../../core/column-kinds.ts';
import type { ColumnType } from '../../../core/column-type.ts';
import { tableSchema } from '../lake-writer.ts';

/** For each kind, texts as Postgres prints them and what they are in a tap. */
export const VALUES: Readonly<Record<PlainKind | 'numeric', readonly (readonly [text: string, json: unknown])[]>> = {
  bool: [
    ['t', true],
    ['f', false],
  ],
  int2: [['-32768', -32768]],
  int4: [['2147483647', 2147483647]],
  int8: [
    ['9007199254740990', 9007199254740990],
    ['9007199254740991', '9007199254740991'],
    ['-9223372036854775808', '-9223372036854775808'],
  ],
  uint32: [['4294967295', 4294967295]],
  uint64: [
    ['7', 7],
    ['18446744073709551615', '18446744073709551615'],
  ],
  float4: [
    ['0.1', 0.1],
    ['1.5e+20', 1.5e20],
    ['NaN', 'NaN'],
  ],
  float8: [
    ['-0', -0],
    ['1e+300', 1e300],
    ['-Infinity', '-Infinity'],
  ],
  money: [['-$1,234.50', '-1234.50']],
  numeric: [
    ['12345678.90', '12345678.90'],
    ['NaN', 'NaN'],
  ],
  date: [
    ['2026-02-28', '2026-02-28'],
    ['infinity', 'infinity'],
    ['0044-03-15 BC', '0044-03-15 BC'],
  ],
  timestamp: [
    ['2026-01-01 00:00:00', '2026-01-01 00:00:00'],
    ['1999-12-31 23:59:59.12', '1999-12-31 23:59:59.12'],
  ],
  timestamptz: [['2026-01-01 10:00:00.000001+00', '2026-01-01 10:00:00.000001+00']],
  time: [['12:30:00.5', '12:30:00.5']],
  interval: [
    ['1 year 2 mons -3 days +04:05:06.7', '1 year 2 mons -3 days +04:05:06.7'],
    ['00:00:00', '00:00:00'],
  ],
  uuid: [['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  lsn: [['16/B374D848', '16/B374D848']],
  bytea: [['\\x00ff', '\\x00ff']],
  ewkb: [['0101000000', '0101000000']],
  text: [['a "b"\n', 'a "b"\n']],
  enum: [['paid', 'paid']],
  point: [['(1.5,-2e+20)', '(1.5,-2e+20)']],
  map: [['"k"=>"v", "n"=>NULL', { k: 'v', n: null }]],
  vector: [['[1,2.5]', [1, 2.5]]],
};
/** Arrays of these have a text of their own. */
const UNLIKE: readonly PlainKind[] = ['map', 'vector', 'point', 'interval', 'ewkb', 'bytea', 'money'];

const NUMERIC: ColumnType = { kind: 'numeric', precision: 10, scale: 2 };
const typeOf = (kind: PlainKind | 'numeric') => (kind === 'numeric' ? NUMERIC : { kind });
const KINDS = [...PLAIN_KINDS, 'numeric'] as const;
export const COLUMNS: Record<string, ColumnType> = {
  id: { kind: 'int4' },
  ...Object.fromEntries(KINDS.map((kind) => [kind, typeOf(kind)])),
  ints: { kind: 'array', element: { kind: 'int8' } },
  numbers: { kind: 'array', element: { kind: 'numeric', precision: 10, scale: 2 } },
  ...Object.fromEntries(
    PLAIN_KINDS.filter((kind) => !UNLIKE.includes(kind)).map((kind) => [`${kind}_list`, { kind: 'array', element: { kind } }]),
  ),
};
export const EVERY_TYPE = tableSchema({ oid: 1, name: 'all_types', columns: COLUMNS, notNull: ['int2', 'text'], key: ['id'] });

/** Rows with these values in every column, by position. */
const MOST = Math.max(...Object.values(VALUES).map((values) => values.length));
export const ROWS: readonly Readonly<Record<string, string | null>>[] = Array.from({ length: MOST }, (_, index) => ({
  ...Object.fromEntries(Object.entries(VALUES).map(([kind, values]) => [kind, values[index]?.[0] ?? null])),
  ...Object.fromEntries(
    Object.entries(VALUES).flatMap(([kind, values]) =>
      `${kind}_list` in COLUMNS
        ? [[`${kind}_list`, index === 0 ? `{${values.map(([text]) => printElement(text)).join(',')},NULL}` : null]]
        : [],
    ),
  ),
  ints: ['{1,NULL,9223372036854775807}', '{{1,2},{3,4}}', '[2:3]={1,2}'][index] ?? null,
  numbers: ['{1.50,NULL}', '{NaN}', '{}'][index] ?? null,
}));
