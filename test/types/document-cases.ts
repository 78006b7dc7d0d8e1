import fc from 'fast-check';
import { characterOf, charactersOf } from './characters.ts';
import { anyText } from './text-cases.ts';
import type { TypeCase } from './type-case.ts';

const NUMBERS = ['0', '-0', '1.0', '1.00', '-1e400', '1e-400', '12345678901234567890123456789', '0.1e1', '9007199254740993'];
const DOCUMENTS = [
  'null',
  'true',
  '"a"',
  '""',
  '[]',
  '{}',
  '[1, [2, [3, {}]]]',
  '{"": ""}',
  '{"a": null, "b": [null]}',
  '{"b": 1, "a": 2, "aa": 3}',
  '"\\ud83d\\ude00"',
  '"\\u00e9é\\n\\t\\\\\\"\\/"',
  '{"\\u0041": "\\u0001\\u007f"}',
  '"\u2028😀"',
  ...NUMBERS,
  `[${NUMBERS.join(' , ')}]`,
  `"${'x'.repeat(1e5)}"`,
  `${'['.repeat(500)}${']'.repeat(500)}`,
];
const json = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'binary' })
  .map((value) => JSON.stringify(value, null, 0).replaceAll('\\u0000', ''))
  .filter((text) => text.isWellFormed());

const word = fc.string({ unit: characterOf(`abcxyzé'\\ :&|!()*<>\u{1f600}`), minLength: 1, maxLength: 8 });
const lexeme = word.map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
const positioned = fc
  .tuple(lexeme, fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('', 'A', 'B', 'C', 'D')), { maxLength: 3 }))
  .map(([text, places]) => `${text}${places.length === 0 ? '' : `:${places.map((place) => place.join('')).join(',')}`}`);
const query: fc.Arbitrary<string> = fc.letrec<{ node: string; leaf: string }>((tie) => ({
  leaf: fc.tuple(lexeme, fc.constantFrom('', ':*', ':A', ':*BC')).map((parts) => parts.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.tuple(tie('node'), fc.constantFrom('&', '|', '<->', '<3>'), tie('node')).map((parts) => `(${parts.join(' ')})`),
    tie('node').map((inner) => `!${inner}`),
  ),
})).node;

export const DOCUMENT_CASES: readonly TypeCase[] = [
  { type: 'json', covers: ['json'], edges: [...DOCUMENTS, ' { "a" : 1 , "a":2 }\n', '"\\u0000"'], random: json },
  { type: 'jsonb', covers: ['jsonb'], edges: [...DOCUMENTS, ' { "a" : 1 , "a":2 }\n'], random: json },
  {
    type: 'jsonpath',
    covers: ['jsonpath'],
    edges: [
      '$',
      'strict $',
      '$.a[*] ? (@.b > 1.50)',
      '$."a b"."\\u0041"',
      '$.** {1 to 3}.c',
      'lax $[last]',
      '$.a ? (@ like_regex "^x" flag "i")',
      '-1 + $.x.double()',
    ],
  },
  {
    type: 'xml',
    covers: ['xml'],
    edges: [
      '<a/>',
      'text',
      '',
      '<a b="c">é&amp;\u{1f600}</a>',
      '<?xml version="1.0"?><a/>',
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a>\n</a>',
      '<!-- c --><a><![CDATA[<]]></a>',
      ' ',
    ],
    random: anyText.map(
      (text) =>
        `<a>${charactersOf(text)
          .filter((c) => /[\t\n -~\u00a0-\ud7ff]/u.test(c) && !/[<&>]/.test(c))
          .join('')}</a>`,
    ),
  },
  {
    type: 'tsvector',
    covers: ['tsvector'],
    edges: ['', 'a', "'a b' 'c''d' '\\\\'", 'a:1A,2B,3C,4D b:16383', 'z y x', "'é':1 '\u{1f600}':2", "' '"],
    random: fc.array(positioned, { maxLength: 6 }).map((words) => words.join(' ')),
  },
  {
    type: 'tsquery',
    covers: ['tsquery'],
    edges: ['', 'a', '!a', 'a & b | !c', 'a <-> b', 'a <10> (b | c)', "'a''b':*AB & '\\\\'", '!!a'],
    random: query,
  },
];
