import fc from 'fast-check';
import { characterOf } from './characters.ts';
import { anyText } from './text-cases.ts';
import type { TypeCase } from './type-case.ts';

const inQuotes = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const entry = fc.tuple(anyText, fc.option(anyText)).map(([key, value]) => `${inQuotes(key)}=>${value === null ? 'NULL' : inQuotes(value)}`);

const label = fc.string({ unit: characterOf('abcXYZ019_'), minLength: 1, maxLength: 6 });
const coordinates = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 4 })
  .map((all) => `(${all.join(',')})`);
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

/** Index keys: they can be columns, but nothing but NULL is ever in them. */
const onlyNull = (extension: string, ...types: string[]): TypeCase[] =>
  types.map((type) => ({ type: `public.${type}`, covers: [`public.${type}`], edges: [null], extension, arrays: false }));

function isn(type: string, values: readonly string[]): TypeCase {
  return { type: `public.${type}`, covers: [`public.${type}`], edges: values, extension: 'isn' };
}

/** Types of the contrib extensions that come with Postgres, installed in `public`. */
export const EXTENSION_CASES: readonly TypeCase[] = [
  {
    type: 'public.citext',
    covers: ['public.citext'],
    edges: ['', 'a', 'A', 'É', 'ß', 'a\tb\\"'],
    random: anyText,
    extension: 'citext',
  },
  {
    type: 'public.hstore',
    covers: ['public.hstore'],
    edges: [
      '',
      'a=>1',
      'a=>NULL',
      'a=>"NULL"',
      '""=>""',
      '"a b"=>"c\\"d\\\\", é=>"\u{1f600}"',
      'b=>1, a=>2, aa=>3',
      `k=>"${'x'.repeat(20_000)}"`,
    ],
    random: fc.array(entry, { maxLength: 5 }).map((entries) => entries.join(',')),
    extension: 'hstore',
  },
  {
    type: 'public.ltree',
    covers: ['public.ltree'],
    edges: ['', 'a', 'Top.Science.Astronomy', 'a.a.a'],
    random: fc.array(label, { maxLength: 6 }).map((path) => path.join('.')),
    extension: 'ltree',
  },
  { type: 'public.lquery', covers: ['public.lquery'], edges: ['*', 'a.*{1,2}.!b|c@*%', 'Top.*.Astro*'], extension: 'ltree' },
  {
    type: 'public.ltxtquery',
    covers: ['public.ltxtquery'],
    edges: ['a', 'a & !b | c*', 'Europe & Russia*@ & !Transportation'],
    extension: 'ltree',
  },
  {
    type: 'public.cube',
    covers: ['public.cube'],
    edges: ['(0)', '(-0)', '(1,2),(3,4)', '(0.1,0.30000000000000004)', '(NaN)', '(Infinity,-Infinity)', '()'],
    random: coordinates,
    extension: 'cube',
  },
  {
    type: 'public.earth',
    covers: ['public.earth'],
    edges: ['(6378168,0,0)', '(0,0,-6378168)'],
    extension: 'earthdistance',
  },
  {
    type: 'public.seg',
    covers: ['public.seg'],
    edges: ['0', '1.50', '-1', '1 .. 2', '..3', '4..', '<5', '>6', '~7.10', '1.00 .. ~2.000', '6(+-)2', '1e10'],
    random: fc.tuple(float, float).map(([a, b]) => `${Math.min(a, b).toPrecision(4)} .. ${Math.max(a, b).toPrecision(4)}`),
    extension: 'seg',
  },
  isn('isbn', ['0-306-40615-2', '978-0-393-04002-9', '123456789X']),
  isn('isbn13', ['978-0-306-40615-7', '979-10-90636-07-1']),
  isn('issn', ['1436-4522', '0317-8471']),
  isn('issn13', ['977-1436-452-00-8']),
  isn('ismn', ['M-2306-7118-7', '979-0-060-11561-5']),
  isn('ismn13', ['979-0-2306-7118-7']),
  isn('upc', ['220356483481', '012345678905']),
  isn('ean13', ['220-356483481-6', '978-0-306-40615-7', '000-000000000-0']),
  { type: 'public.query_int', covers: ['public.query_int'], edges: ['1', '1&2', '!(1|2)&3'], extension: 'intarray' },
  { type: 'public.lo', covers: ['public.lo'], edges: ['0', '4294967295'], extension: 'lo' },
  ...onlyNull('hstore', 'ghstore'),
  ...onlyNull('pg_trgm', 'gtrgm'),
  ...onlyNull('intarray', 'intbig_gkey'),
  ...onlyNull('ltree', 'ltree_gist'),
  ...onlyNull('btree_gist', 'gbtreekey4', 'gbtreekey8', 'gbtreekey16', 'gbtreekey32', 'gbtreekey_var'),
  ...onlyNull('btree_gist', 'gbtreekey2').map((one) => ({ ...one, since: 15 })),
];
