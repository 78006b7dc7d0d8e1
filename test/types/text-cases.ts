import fc from 'fast-check';
import { characterOf, charactersOf } from './characters.ts';
import type { TypeCase } from './type-case.ts';

const upTo = (last: number, first = 1): string => String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, i) => first + i));

/**
 * Every control character that is legal, what escapes are made of, astral and combining characters,
 * bidi marks, the ends of planes.
 */
const TEXTS = [
  '',
  ' ',
  '  ',
  'a',
  'A',
  'NULL',
  'null',
  '\\N',
  '\\',
  '\\\\',
  '"',
  "'",
  '{}',
  '{a,b}',
  '(,)',
  '	',
  '\n',
  '\r\n',
  '\\.',
  '\v\f\b',
  'a	b\nc\rd\\e',
  upTo(127),
  upTo(255, 128),
  upTo(12287, 8192),
  '﻿',
  '�',
  '￿',
  '􏿿',
  '😀👨‍👩',
  'é',
  'é',
  '‮bidi‬',
  '\u2028\u2029',
  'ß',
  'İi̇',
  ' leading',
  'trailing ',
  '%s %1$s',
  '${x}',
  '`tick`',
  '--',
  '/* */',
  'c1',
  '\xA0',
];

/** Any text Postgres takes: every code point but NUL; alone halves of surrogates are no text. */
const characters = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ unit: characterOf(`\t\n\r\b\f\v\\"'{},() aNnUuLl\u0001\u007f`), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
);
export const anyText = characters.map((text) => text.replaceAll('\0', ''));

const shortened = (length: number): fc.Arbitrary<string> => anyText.map((text) => charactersOf(text).slice(0, length).join(''));
/** In bytes, whole characters only. */
const inBytes = (bytes: number): fc.Arbitrary<string> =>
  anyText.map((text) => charactersOf(text).reduce((kept, next) => (Buffer.byteLength(kept + next) <= bytes ? kept + next : kept), ''));

const MEGABYTE = 1 << 20;
/** Does not compress, so that it is stored out of line. */
const noise = (bytes: number): string =>
  Array.from({ length: bytes / 8 }, (_, i) => ((Math.imul(i + 1, 2_654_435_761) >>> 0) + 2 ** 32).toString(16).slice(-8)).join('');
const LONG_TEXTS = ['x'.repeat(MEGABYTE), noise(MEGABYTE), '\u{1f600}'.repeat(5000), noise(4096)];

const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;
const bytes = fc.uint8Array({ maxLength: 64 }).map(hex);
const EVERY_BYTE = hex(Uint8Array.from({ length: 256 }, (_, i) => i));

const bits = (length: { minLength?: number; maxLength: number }): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('0', '1'), minLength: 0, ...length });

const BYTES_OF_CHAR = [-128, -23, -1, 0, 1, 9, 10, 34, 39, 44, 65, 92, 123, 127];

export const TEXT_CASES: readonly TypeCase[] = [
  { type: 'text', covers: ['text'], edges: [...TEXTS, ...LONG_TEXTS], random: anyText },
  { type: 'text collate "C"', covers: ['text'], edges: TEXTS, random: anyText },
  { type: 'varchar', covers: ['varchar'], edges: [...TEXTS, ...LONG_TEXTS], random: anyText },
  { type: 'varchar(3)', covers: ['varchar'], edges: ['', ' ', 'abc', '\u{1f600}\u{1f600}\u{1f600}', 'a\tb'], random: shortened(3) },
  { type: 'bpchar', covers: ['bpchar'], edges: ['', ' ', '   ', 'a', 'a  ', '\t', 'é '], random: anyText },
  { type: 'char(1)', covers: ['bpchar'], edges: ['', ' ', 'a', '\u{1f600}', '\t', '\\', '"'], random: shortened(1) },
  { type: 'char(5)', covers: ['bpchar'], edges: ['', ' ', 'a', ' a', 'abcde', 'a\tb\\c', 'é\u{1f600}', '\n\n'], random: shortened(5) },
  {
    type: '"char"',
    covers: ['char'],
    edges: ['', 'a', '\\', '"', "'", ',', '{', ' ', ...BYTES_OF_CHAR.map((byte) => ({ sql: `(${byte})::"char"` }))],
  },
  { type: 'name', covers: ['name'], edges: ['', 'a', 'x'.repeat(63), 'é'.repeat(31), 'a b"c', '\t\\'], random: inBytes(63) },
  { type: 'refcursor', covers: ['refcursor'], edges: ['', 'a', '<unnamed portal 1>', '\\\t'], random: anyText },
  {
    type: 'bytea',
    covers: ['bytea'],
    edges: [
      '\\x',
      '\\x00',
      '\\xff',
      '\\x0000',
      EVERY_BYTE,
      '\\x5c78',
      '\\x5c',
      '\\x27',
      '\\xc3',
      '\\xc328',
      '\\xeda080',
      '\\x0a0d09',
      `\\x${'00ff5c'.repeat(400_000)}`,
    ],
    random: bytes,
  },
  { type: 'bit(1)', covers: ['bit'], edges: ['0', '1'] },
  { type: 'bit(7)', covers: ['bit'], edges: ['0000000', '1111111', '1010101'], random: bits({ minLength: 7, maxLength: 7 }) },
  { type: 'bit(64)', covers: ['bit'], edges: ['0'.repeat(64), '1'.repeat(64)], random: bits({ minLength: 64, maxLength: 64 }) },
  {
    type: 'varbit',
    covers: ['varbit'],
    edges: ['', '0', '1', '00000000', '10'.repeat(50), '1'.repeat(80_000)],
    random: bits({ maxLength: 70 }),
  },
  { type: 'varbit(5)', covers: ['varbit'], edges: ['', '0', '11111'], random: bits({ maxLength: 5 }) },
  {
    type: 'uuid',
    covers: ['uuid'],
    edges: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '01234567-89ab-cdef-fedc-ba9876543210',
      'FFFFFFFF00000000FFFFFFFF00000000',
    ],
    random: fc.uuid(),
  },
];
