import fc from 'fast-check';
import { arrayLiteral, rowLiteral } from './literal.ts';
import { anyText } from './text-cases.ts';
import type { TypeCase } from './type-case.ts';

const LABELS = ['', ' ', 'so so', 'été', "it's", '"', '\\', ',', '{}', 'NULL', 'a\tb\nc', '\u{1f600}', 'x'.repeat(63)];
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const pair = fc.tuple(fc.option(fc.integer().map(String)), fc.option(anyText)).map((fields) => rowLiteral(fields));
const PAIRS = ['(,)', '(1,)', '(,"")', rowLiteral(['1', 'x, "y" \\ (z)']), rowLiteral(['-1', 'a\tb\nc'])];

/**
 * Types that an application makes itself: enums, domains over domains, composites in composites,
 * and a base type.
 */
export const MADE_CASES: readonly TypeCase[] = [
  {
    type: 'public.label',
    covers: [],
    edges: LABELS,
    setup: [`create type public.label as enum (${LABELS.map(literal).join(', ')})`],
  },
  {
    type: 'public."Odd ""Type"".x"',
    covers: [],
    edges: ['a', 'A'],
    setup: [`create type public."Odd ""Type"".x" as enum ('a', 'A')`],
  },
  {
    type: 'public.cents',
    covers: [],
    edges: ['0', '-0.01', '99999999.99', '1.1'],
    setup: [
      'create domain public.amount as numeric(10,2)',
      'create domain public.cents as public.amount check (value is null or value < 1e9)',
    ],
  },
  {
    type: 'public.tags',
    covers: [],
    edges: ['{}', '{NULL}', '{a,"b,c",""}', '{{a},{b}}', '[2:3]={x,y}'],
    setup: [
      'create domain public.word as text',
      'create domain public.tags as public.word[]',
      'create domain public.word_lists as public.tags',
    ],
  },
  {
    type: 'public.word_lists',
    covers: [],
    edges: ['{a,NULL}', '{}'],
    random: fc.array(fc.option(anyText), { maxLength: 4 }).map((words) => arrayLiteral(words)),
  },
  { type: 'public.pair', covers: [], edges: PAIRS, random: pair, setup: ['create type public.pair as (a int, b text)'] },
  {
    type: 'public.nest',
    covers: [],
    edges: ['(,,)', rowLiteral([PAIRS[3] ?? '', arrayLiteral([...PAIRS, null]), '{{1.0,NaN}}']), rowLiteral([null, '{}', null])],
    random: fc
      .tuple(fc.option(pair), fc.array(fc.option(pair), { maxLength: 3 }))
      .map(([one, many]) => rowLiteral([one, arrayLiteral(many), null])),
    setup: ['create type public.nest as (one public.pair, many public.pair[], n numeric(5,1)[])'],
  },
  { type: 'public.nothing', covers: [], edges: ['()', null], setup: ['create type public.nothing as ()'] },
  {
    type: 'public.barred',
    covers: [],
    edges: ['', 'a', 'a|b', 'a,b', 'NULL', '"'],
    random: anyText,
    delimiter: '|',
    setup: [
      'create type public.barred',
      `create function public.barred_in(cstring) returns public.barred language internal immutable strict as 'textin'`,
      `create function public.barred_out(public.barred) returns cstring language internal immutable strict as 'textout'`,
      `create type public.barred (input = public.barred_in, output = public.barred_out, like = text, delimiter = '|')`,
    ],
  },
  { type: 'information_schema.cardinal_number', covers: ['information_schema.cardinal_number'], edges: ['0', '2147483647'] },
  { type: 'information_schema.character_data', covers: ['information_schema.character_data'], edges: ['', 'é'], random: anyText },
  { type: 'information_schema.sql_identifier', covers: ['information_schema.sql_identifier'], edges: ['', 'a b'] },
  { type: 'information_schema.time_stamp', covers: ['information_schema.time_stamp'], edges: ['infinity', '2024-01-01 00:00:00.129+00'] },
  { type: 'information_schema.yes_or_no', covers: ['information_schema.yes_or_no'], edges: ['YES', 'NO'] },
];
