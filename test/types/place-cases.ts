import fc from 'fast-check';
import type { TypeCase } from './type-case.ts';

const byte = fc.nat(255);
const octets = (count: number): fc.Arbitrary<string> =>
  fc.array(byte, { minLength: count, maxLength: count }).map((all) => all.map((value) => value.toString(16).padStart(2, '0')).join(':'));
const ipv4 = fc.array(byte, { minLength: 4, maxLength: 4 }).map((all) => all.join('.'));
const ipv6 = fc.array(fc.nat(65_535), { minLength: 8, maxLength: 8 }).map((all) => all.map((value) => value.toString(16)).join(':'));
const inet = fc.oneof(
  fc.tuple(ipv4, fc.nat(32)).map((parts) => parts.join('/')),
  fc.tuple(ipv6, fc.nat(128)).map((parts) => parts.join('/')),
);
const ADDRESSES = [
  '0.0.0.0',
  '255.255.255.255',
  '0.0.0.0/0',
  '10.0.0.0/8',
  '::',
  '::1',
  '::/0',
  'ffff::ffff',
  '::ffff:1.2.3.4',
  '2001:db8::/32',
];

const number = fc.oneof(
  fc.constantFrom('0', '-0', '1', '-1.5', '1e300', '5e-324', 'NaN', 'Infinity', '-Infinity', '0.1'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const finite = fc.oneof(
  fc.constantFrom('0', '-0', '0.1', '-2.5'),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 }).map(String),
);
const point = fc.tuple(number, number).map(([x, y]) => `(${x},${y})`);
const finitePoint = fc.tuple(finite, finite).map(([x, y]) => `(${x},${y})`);
const points = fc.array(finitePoint, { minLength: 1, maxLength: 5 }).map((all) => all.join(','));

export const PLACE_CASES: readonly TypeCase[] = [
  { type: 'inet', covers: ['inet'], edges: [...ADDRESSES, '1.2.3.4/24', '10.1.2.3/32', '::1/128', 'fe80::1/64'], random: inet },
  {
    type: 'cidr',
    covers: ['cidr'],
    edges: [...ADDRESSES, '10.1.2.3/32', '192.168', '2001:db8::1/128'],
    random: ipv4.map((address) => `${address}/32`),
  },
  { type: 'macaddr', covers: ['macaddr'], edges: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '08002b:010203'], random: octets(6) },
  {
    type: 'macaddr8',
    covers: ['macaddr8'],
    edges: ['00:00:00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff', '08:00:2b:01:02:03'],
    random: octets(8),
  },
  {
    type: 'point',
    covers: ['point'],
    edges: ['(0,0)', '(-0,0)', '(NaN,Infinity)', '(-Infinity,5e-324)', '(1e300,-1e-300)', '(0.1,0.30000000000000004)'],
    random: point,
  },
  { type: 'line', covers: ['line'], edges: ['{1,-1,0}', '{0,1,NaN}', '[(0,0),(1,1)]', '{1e300,-1e300,5e-324}'] },
  {
    type: 'lseg',
    covers: ['lseg'],
    edges: ['[(0,0),(0,0)]', '[(NaN,1),(Infinity,-0)]'],
    random: fc.tuple(point, point).map(([a, b]) => `[${a},${b}]`),
  },
  {
    type: 'box',
    covers: ['box'],
    edges: ['(0,0),(0,0)', '(1,1),(-1,-1)', '(Infinity,1),(-Infinity,0)'],
    random: fc.tuple(finitePoint, finitePoint).map(([a, b]) => `${a},${b}`),
    delimiter: ';',
  },
  {
    type: 'path',
    covers: ['path'],
    edges: ['((0,0))', '[(0,0)]', '[(0,0),(1,1),(2,NaN)]', '((0,0),(1,1),(2,0))'],
    random: fc.tuple(points, fc.boolean()).map(([all, open]) => (open ? `[${all}]` : `(${all})`)),
  },
  {
    type: 'polygon',
    covers: ['polygon'],
    edges: ['((0,0))', '((0,0),(1,1),(2,0))', '((0.1,-0),(Infinity,1))'],
    random: points.map((all) => `(${all})`),
  },
  {
    type: 'circle',
    covers: ['circle'],
    edges: ['<(0,0),0>', '<(1,-1),0.1>', '<(NaN,1),Infinity>'],
    random: fc.tuple(point, fc.double({ min: 0, max: 1e300, noNaN: true })).map(([center, radius]) => `<${center},${radius}>`),
  },
];
