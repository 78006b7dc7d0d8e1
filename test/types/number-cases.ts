import fc from 'fast-check';
import { characterOf } from './characters.ts';
import type { TypeCase } from './type-case.ts';

const nines = (count: number): string => '9'.repeat(count);

function integers(type: string, low: bigint, high: bigint): TypeCase {
  const edges = [low, low + 1n, -1n, 0n, 1n, high - 1n, high].filter((value) => value >= low).map(String);
  return { type, covers: [type], edges: [...new Set(edges)], random: fc.bigInt({ min: low, max: high }).map(String) };
}

/** Postgres reads the text that JavaScript prints, except the sign of zero. */
function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const FLOATS = ['NaN', 'Infinity', '-Infinity', '0', '-0', '1', '-1', '0.1', '1.5', '123456', '1234567', '0.0001', '0.00001'];

const digitsUpTo = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: characterOf('0123456789'), maxLength });

/** Digits, perhaps with a point: `places` are the digits before and after. */
function decimal(places: { before: number; after: number }): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('', '-'), digitsUpTo(places.before), digitsUpTo(places.after))
    .map(([sign, before, after]) => `${sign}${before === '' ? '0' : before}${after === '' ? '' : `.${after}`}`);
}

/**
 * A numeric with a modifier; all values fit it. `scale` may be negative or greater than the
 * precision (15 and later).
 */
function limited(precision: number, scale: number): TypeCase {
  const before = Math.max(precision - scale, 0);
  const after = Math.max(Math.min(precision, scale), 0);
  const whole = scale < 0 ? `${nines(precision)}${'0'.repeat(-scale)}` : nines(before);
  const point = scale > 0 ? `.${'0'.repeat(Math.max(scale - precision, 0))}${nines(after)}` : '';
  const greatest = `${whole === '' ? '0' : whole}${point}`;
  const least = scale > 0 ? `0.${'0'.repeat(scale - 1)}1` : `1${'0'.repeat(-scale)}`;
  const random =
    scale < 0
      ? decimal({ before: precision, after: 0 }).map((text) => `${text}${'0'.repeat(-scale)}`)
      : decimal({ before, after: Math.max(scale, 0) }).map((text) => (scale > precision ? '0' : text));
  return {
    type: `numeric(${precision},${scale})`,
    covers: ['numeric'],
    edges: ['NaN', '0', '-0', greatest, `-${greatest}`, least, `-${least}`],
    random,
    ...(scale < 0 || scale > precision ? { since: 15 } : {}),
  };
}

export const NUMBER_CASES: readonly TypeCase[] = [
  { type: 'bool', covers: ['bool'], edges: ['t', 'f'] },
  integers('int2', -(2n ** 15n), 2n ** 15n - 1n),
  integers('int4', -(2n ** 31n), 2n ** 31n - 1n),
  integers('int8', -(2n ** 63n), 2n ** 63n - 1n),
  integers('oid', 0n, 2n ** 32n - 1n),
  integers('xid', 0n, 2n ** 32n - 1n),
  integers('cid', 0n, 2n ** 32n - 1n),
  integers('xid8', 0n, 2n ** 64n - 1n),
  {
    type: 'float4',
    covers: ['float4'],
    edges: [...FLOATS, '3.4028235e38', '-3.4028235e38', '1.17549435e-38', '1e-45', '-1e-45', '1e15', '1e16', '16777217', '8388608.5'],
    random: fc.float({ noDefaultInfinity: true }).map(floatText),
  },
  {
    type: 'float8',
    covers: ['float8'],
    edges: [
      ...FLOATS,
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '2.2250738585072014e-308',
      '5e-324',
      '-5e-324',
      '0.30000000000000004',
      '9007199254740993',
      '1e14',
      '1e15',
      '1e16',
      '123456789012345678',
      '1e22',
      '1e23',
      '1e100',
      '1e-7',
    ],
    random: fc.double({ noDefaultInfinity: true }).map(floatText),
  },
  {
    type: 'numeric',
    covers: ['numeric'],
    edges: [
      'NaN',
      'Infinity',
      '-Infinity',
      '0',
      '0.0',
      '0.000',
      '-0.00',
      '1',
      '1.0',
      '1.00',
      '1.500',
      '12345.67890',
      '1e20',
      '1e-20',
      nines(100),
      `-${nines(100)}`,
      `0.${'0'.repeat(99)}1`,
      `${nines(50)}.${nines(50)}`,
      `1${'0'.repeat(200)}.5`,
      '1e131071',
      `-${nines(131072)}.${nines(16383)}`,
      `0.${'0'.repeat(16382)}1`,
    ],
    random: fc.oneof(
      decimal({ before: 30, after: 30 }),
      decimal({ before: 300, after: 300 }),
      fc.tuple(decimal({ before: 20, after: 20 }), fc.integer({ min: -400, max: 400 })).map(([digits, power]) => `${digits}e${power}`),
    ),
  },
  ...(
    [
      [1, 0],
      [5, 0],
      [9, 2],
      [10, 10],
      [10, 4],
      [18, 18],
      [19, 3],
      [38, 0],
      [38, 37],
      [38, 38],
      [39, 0],
      [39, 20],
      [76, 0],
      [76, 38],
      [76, 76],
      [77, 0],
      [77, 77],
      [1e3, 0],
      [1e3, 999],
      [1e3, 1e3],
      [5, -2],
      [1, -1],
      [38, -38],
      [38, -39],
      [3, 5],
      [1, 76],
      [1, 77],
      [2, 1e3],
      [2, -1e3],
    ] as const
  ).map(([precision = 1, scale = 0]) => limited(precision, scale)),
  {
    type: 'money',
    covers: ['money'],
    edges: ['0', '0.01', '-0.01', '1', '-1', '1234.56', '-1234567.89', '92233720368547758.07', '-92233720368547758.08'],
    random: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((cents) => {
      const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
      return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    }),
  },
];
