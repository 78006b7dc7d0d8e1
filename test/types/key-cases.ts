import type { Written } from './type-case.ts';

/**
 * One key: its columns, and values of it that are equal, different, or equal and spelled
 * differently.
 */
export interface KeyCase {
  readonly name: string;
  readonly types: readonly string[];
  /** Values of the columns. */
  readonly pool: readonly (readonly Written[])[];
  readonly setup?: readonly string[];
  readonly since?: number;
}

const one = (type: string, ...values: string[]): KeyCase => ({ name: type, types: [type], pool: values.map((value) => [value]) });

const MOMENTS = [
  'infinity',
  '-infinity',
  '0044-03-15 00:00:00 BC',
  '0044-03-16 00:00:00 BC',
  '1850-01-01 00:00:00',
  '1850-01-01 00:00:00.000001',
];
const FAR = [
  '2024-01-01 00:00:00',
  '2400-01-01 00:00:00',
  '294247-01-10 04:00:54.775807',
  '294270-01-01 00:00:00',
  '294276-12-31 23:59:59.999999',
];

/** What may be in a key and is awkward there. Which are equal is up to Postgres. */
export const KEY_CASES: readonly KeyCase[] = [
  one('numeric', '1', '1.0', '1.00', '10', '1e1', '0', '-0', '0.000', 'NaN', 'Infinity', '-Infinity', '1.000000000000000000000000000001'),
  one('float8', '0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '-5e-324', '1', '1.0000000000000002', '1e23', '9.999999999999999e22'),
  one('public.citext', 'a', 'A', 'ä', 'Ä', '', ' ', 'aA', 'Aa', 'ß'),
  {
    name: 'text, case-insensitive',
    types: ['text collate public.insensitive'],
    pool: ['a', 'A', 'á', 'Á', 'a ', '', 'e\u0301', '\u00e9', 'É', 'ß', 'ss'].map((text) => [text]),
    setup: [`create collation public.insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`],
  },
  one(
    'interval',
    '1 day',
    '24:00:00',
    '1 mon',
    '30 days',
    '720:00:00',
    '-1 day +24:00:00',
    '0',
    '1 mon -30 days',
    '360 days',
    '1 year',
    '-1 mon',
  ),
  one('timestamp', ...MOMENTS, ...FAR),
  one(
    'date',
    'infinity',
    '-infinity',
    '0044-03-15 BC',
    '0044-03-16 BC',
    '1899-12-31',
    '1900-01-01',
    '2299-12-31',
    '2300-01-01',
    '2300-01-02',
    '5874897-12-31',
  ),
  {
    name: 'several',
    types: ['public.citext', 'numeric', 'date', 'float4'],
    pool: [
      ['a', '1.0', 'infinity', '0'],
      ['A', '1', 'infinity', '-0'],
      ['a', '1', '2400-01-01', '0'],
      ['a', '1', '2400-01-02', '0'],
      ['b', 'NaN', '-infinity', 'NaN'],
      ['B', 'NaN', '-infinity', 'NaN'],
      ['', '0.00', '1970-01-01', '1'],
      ['', '0', '1970-01-01', '1'],
    ],
  },
  one('jsonb', '1', '1.0', '1.00', '{"a": 1}', '{"a": 1.0}', '{"b": 1, "a": 2}', '{"a": 2, "b": 1}', 'null', '"a"', '[]', '{}', '[1, "x"]'),
  one('public.hstore', '', 'a=>1', 'a=>NULL', 'a=>"NULL"', 'a=>1,b=>2', 'b=>2,a=>1', '""=>""'),
  one('numeric[]', '{}', '{1}', '{1.0}', '{NULL}', '{1,2}', '[0:1]={1,2}', '{{1},{2}}', '{{1.0},{2}}', '{NaN}'),
  one('text[]', '{}', '{""}', '{NULL}', '{"NULL"}', '{a,b}', '{"a,b"}', '[2:3]={a,b}', '{{a,b}}', '{{a},{b}}'),
  one('float8[]', '{0}', '{-0}', '{NaN}', '{0,-0}', '{-0,0}', '{}'),
  one('bpchar', 'a', 'a ', 'a  ', '', ' ', 'A', 'a\t', 'ab'),
  one('char(3)', 'a', 'ab', 'abc', '', ' a', 'é'),
  one('timetz', '12:00:00+00', '13:00:00+01', '12:00:00+01', '24:00:00+00', '00:00:00+00', '12:00:00+00:00:01'),
  one('timestamptz', ...[...MOMENTS, ...FAR].map((text) => text.replace(/^(\d+-.*?)( BC)?$/, '$1+00$2'))),
  one('float4', '0', '-0', 'NaN', 'Infinity', '1e-45', '16777216', '16777217', '0.1'),
  one('numeric(10,2)', '1', '1.0', '1.001', 'NaN', '0', '-0.00', '99999999.99', '-99999999.99'),
  one('numeric(38,10)[]', '{1,NaN}', '{1.0,NaN}', '{}', '{NULL}'),
  one('text', '', ' ', 'a', 'A', 'é', 'e\u0301', '\u0001', 'a\tb\n', '\u{1f600}', '\uffff', '\\', 'x'.repeat(2000), `${'x'.repeat(1999)}y`),
  one('text collate "C"', 'a', 'B', 'b', 'A', '\u{1f600}', '\uffff'),
  one('varchar(4)', 'a', 'a ', '', 'abcd'),
  one('name', '', 'a', 'x'.repeat(63)),
  {
    ...one('"char"', '', 'a', 'b'),
    pool: [['a'], ['b'], [''], [{ sql: '(-23)::"char"' }], [{ sql: '(-22)::"char"' }], [{ sql: '(1)::"char"' }]],
  },
  one('bytea', '\\x', '\\x00', '\\x0000', '\\xff', '\\x5c00', '\\xc3a9', '\\xe9'),
  one(
    'uuid',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-ffff-ffff-ffff-ffffffffffff',
    '0123456789abcdef0123456789abcdef',
    '{01234567-89ab-cdef-0123-456789abcdef}',
    '89abcdef-0123-4567-89ab-cdef01234567',
  ),
  one('bool', 't', 'f'),
  one('int2', '-32768', '-1', '0', '1', '32767'),
  one('int8', '-9223372036854775808', '-1', '0', '9223372036854775807'),
  one('oid', '0', '1', '4294967295'),
  one('money', '0', '-0.01', '1', '1.00', '92233720368547758.07'),
  one('time', '00:00', '24:00', '12:00:00.000001', '12:00:00'),
  one('inet', '1.2.3.4', '1.2.3.4/32', '1.2.3.4/24', '::ffff:1.2.3.4', '::1'),
  one('cidr', '10.0.0.0/8', '10.0.0.0/9', '10.0.0.0'),
  one('macaddr', '08:00:2b:01:02:03', '08-00-2b-01-02-03', '00:00:00:00:00:00'),
  one('bit(4)', '0000', '0001', '1000'),
  one('varbit', '', '0', '00', '01', '1'),
  one('pg_lsn', '0/0', '0/1', '1/0', 'FFFFFFFF/FFFFFFFF'),
  one('xid8', '0', '1', '18446744073709551615'),
  one('tid', '(0,0)', '(0,1)', '(1,0)'),
  one('numrange', 'empty', '[1,2)', '[1.0,2)', '[1,2.00)', '[1,2]', '(,)', '[1,)', '(,NaN]'),
  one('int4multirange', '{}', '{[1,2)}', '{[1,1]}', '{[1,3),[5,7)}', '{(,)}'),
  one('tstzrange', 'empty', '[infinity,]', '[-infinity,infinity]', '["2024-01-01 00:00:00+00",)', '["2024-01-01 01:00:00+01",)'),
  one('tsvector', '', 'a', 'a:1', 'a b', 'b a', 'a:1A'),
  one('tsquery', 'a', '!a', 'a & b', 'b & a', "'a' & ('b')"),
  one('public.ltree', '', 'a', 'a.b', 'A.b'),
  one('public.cube', '(0)', '(-0)', '(1)', '(1),(1)', '(1,0)', '(1,2),(3,4)', '(3,4),(1,2)'),
  one('public.seg', '1', '1.0', '~1', '1 .. 2', '<1', '..1'),
  one('public.isbn', '0-306-40615-2', '0306406152', '978-0-393-04002-9'),
  { ...one('public.letter', 'a', 'A', '', ' ', 'é'), setup: [`create type public.letter as enum (' ', 'é', 'a', '', 'A')`] },
  {
    ...one('public.sum', '1', '1.0', '0', '0.00', 'NaN'),
    setup: ['create domain public.sums as numeric', 'create domain public.sum as public.sums'],
  },
  {
    ...one('public.couple', '(1,a)', '(1.0,a)', '(1,A)', '(,)', '(,"")', '(NaN,)'),
    setup: ['create type public.couple as (n numeric, t text)'],
  },
  {
    name: 'two texts',
    types: ['text', 'text'],
    pool: [
      ['a', 'b'],
      ['ab', ''],
      ['', 'ab'],
      ['a\u0001', 'b'],
      ['a', '\u0001b'],
      ['', ''],
    ],
  },
  {
    name: 'exact beside exact',
    types: ['date', 'timestamp'],
    pool: [
      ['infinity', 'infinity'],
      ['infinity', '-infinity'],
      ['5000-01-01', '294270-01-01'],
      ['5000-01-02', '294270-01-01'],
      ['5000-01-01', '2024-01-01'],
      ['2024-01-01', '294270-01-01'],
    ],
  },
];
