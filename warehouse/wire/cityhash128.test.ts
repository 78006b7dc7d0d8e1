import { expect, test } from 'vitest';
import { cityHash128 } from './cityhash128.ts';

/**
 * Made by another implementation, the one of ClickHouse's Go client: length, and both halves as
 * numbers.
 */
const KNOWN: readonly (readonly [length: number, hash: string])[] = [
  [0, '3df09dfc64c09a2b3cb540c392e51e29'],
  [1, 'd9a8537dee2e4ded43dc7df558d2519c'],
  [3, '4bc6cd9f97d9d2c4b51ccb78e589ffe6'],
  [4, '6e00b46d1f3c9749ac620fa1df4fa655'],
  [7, 'a2ff1f54efbf9b09df801898c7e43ee9'],
  [8, 'fe092742f5f8597990cc89feb4a2e89b'],
  [9, 'f7451979d928d3124c3cdada0cde1ea2'],
  [15, 'f7ad16a84d1d320d971f7d8aca8f9d8b'],
  [16, '1341b106f87c12a28def7a7345ab32d4'],
  [17, '6cc587985da412cbb5bbf75b48b33345'],
  [24, '8a3ad99c7bdafe2555753b2b1b9a3a47'],
  [31, '8db6a10d3bcb2df13954fd52eda817f5'],
  [32, 'e4b43b7b2b023d7f78959e915e25cfda'],
  [33, '51219c98e6be0a1533ba5d5a1ca3291d'],
  [64, '19a814fcd57f86debfe5e3333baf1d0b'],
  [127, '12abfcb06236fcc39975388ef077cd0d'],
  [128, '0e375578fd9c4f0ebec5cc9bc8f0a315'],
  [143, '292b35f33f8de3a6cf85b9ce75f0041a'],
  [144, 'f9050272942662eb4c640938c31a0bcd'],
  [145, 'dd2278fff00987d498e254f1f571e0cf'],
  [200, '673840d7aff970a9ed95674b6fa48ecc'],
  [255, '934469f1593d81ba367f683681db8247'],
  [256, 'ace3367f4b9644c1c7077266fc342da8'],
  [271, '5ad7a40769419b185a3f0327eef767c6'],
  [272, 'd3d1e1e14d6b769a6646172ddccebd12'],
  [1000, '08d07302ee15884d6349b5115790940e'],
  [65545, 'eacda683973675e8186ceec0455c6548'],
];

/** The same bytes everywhere: the upper bytes of a linear congruential generator. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 12_345 + length;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

test.each(KNOWN)('the hash of %i bytes is that of ClickHouse', (length, known) => {
  const hash = cityHash128(bytesOf(length));
  const halves = [hash.readBigUInt64LE(0), hash.readBigUInt64LE(8)].map((half) => half.toString(16).padStart(16, '0'));
  expect(halves.join('')).toBe(known);
});
