import fc from 'fast-check';
import { rangeLiteral } from './literal.ts';
import type { TypeCase } from './type-case.ts';

/** A range type, its multirange, and some of its subtype's values in rising order. */
interface RangeType {
  readonly range: string;
  readonly multirange: string;
  readonly values: readonly string[];
  readonly setup?: readonly string[];
}

const RANGES: readonly RangeType[] = [
  { range: 'int4range', multirange: 'int4multirange', values: ['-2147483648', '-1', '0', '1', '2147483646'] },
  { range: 'int8range', multirange: 'int8multirange', values: ['-9223372036854775808', '-1', '0', '1', '9223372036854775806'] },
  { range: 'numrange', multirange: 'nummultirange', values: ['-Infinity', '-1.50', '0', '1.0', '1.01', '1e100', 'Infinity', 'NaN'] },
  {
    range: 'tsrange',
    multirange: 'tsmultirange',
    values: ['-infinity', '4714-11-24 00:00:00 BC', '2024-01-01 00:00:00.000001', '294276-12-31 23:59:59', 'infinity'],
  },
  {
    range: 'tstzrange',
    multirange: 'tstzmultirange',
    values: ['-infinity', '0001-01-01 00:00:00+00 BC', '2024-01-01 00:00:00+05:45', 'infinity'],
  },
  {
    range: 'daterange',
    multirange: 'datemultirange',
    values: ['-infinity', '4714-11-24 BC', '1899-12-31', '2024-01-01', '5874897-12-30', 'infinity'],
  },
  {
    range: 'public.floatrange',
    multirange: 'public.floatmultirange',
    values: ['-Infinity', '-5e-324', '-0', '5e-324', '0.1', 'Infinity', 'NaN'],
    setup: ['create type public.floatrange as range (subtype = float8, multirange_type_name = public.floatmultirange)'],
  },
  {
    range: 'public.textrange',
    multirange: 'public.textmultirange',
    values: ['', ' ', '"', '(', ',', '\\', ']', 'a', 'é', '\u{1f600}'],
    setup: ['create type public.textrange as range (subtype = text, collation = "C", multirange_type_name = public.textmultirange)'],
  },
];

function ranges(values: readonly string[]): { edges: string[]; random: fc.Arbitrary<string>; several: fc.Arbitrary<string> } {
  const [first = null, last = null] = [values[0], values.at(-1)];
  const one = rangeLiteral({ from: first, to: last, open: '[)' });
  const edges = [
    'empty',
    ...['()', '[]', '(]'].map((open) => rangeLiteral({ from: null, to: null, open })),
    ...['[]', '()', '[)'].map((open) => rangeLiteral({ from: first, to: last, open })),
    ...values.flatMap((value) => [
      rangeLiteral({ from: value, to: null, open: '[)' }),
      rangeLiteral({ from: null, to: value, open: '(]' }),
    ]),
    one,
  ];
  const bounds = fc.tuple(fc.nat(values.length), fc.nat(values.length), fc.constantFrom('[]', '[)', '(]', '()'));
  const random = bounds.map(([a, b, open]) =>
    rangeLiteral({ from: values[Math.min(a, b)] ?? null, to: values[Math.max(a, b)] ?? null, open }),
  );
  return { edges, random, several: fc.array(random, { maxLength: 4 }).map((all) => `{${all.join(',')}}`) };
}

export const RANGE_CASES: readonly TypeCase[] = RANGES.flatMap(({ range, multirange, values, setup = [] }) => {
  const { edges, random, several } = ranges(values);
  const many = ['{}', '{empty}', ...edges.map((edge) => `{${edge}}`)];
  return [
    { type: range, covers: [range], edges, random, setup },
    { type: multirange, covers: [multirange], edges: many, random: several },
  ];
});
