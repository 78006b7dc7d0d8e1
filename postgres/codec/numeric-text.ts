import { readInt4, readUint2 } from './read-bytes.ts';

/** The four sign words of a numeric's binary form (utils/adt/numeric.c, numeric_send). */
export const NUMERIC_SIGN = { positive: 0, negative: 0x4000, nan: 0xc000, infinity: 0xd000, minusInfinity: 0xf000 } as const;

/**
 * Header of a numeric's binary form: base-10000 digits follow, the first of them worth
 * 10000^weight.
 */
export const NUMERIC_HEADER_BYTES = 8;

/** Weight: a signed 16-bit number at byte 2. */
export function readWeight(buf: Buffer, start: number): number {
  return (readInt4(buf, start) << 16) >> 16;
}

/** A numeric's binary form → what Postgres prints, with its display scale. */
export function printNumeric(buf: Buffer, start: number): string {
  const sign = readUint2(buf, start + 4);
  if (sign === NUMERIC_SIGN.nan) return 'NaN';
  if (sign === NUMERIC_SIGN.infinity) return 'Infinity';
  if (sign === NUMERIC_SIGN.minusInfinity) return '-Infinity';
  const count = readUint2(buf, start);
  const weight = readWeight(buf, start);
  const scale = readUint2(buf, start + 6);
  const group = (index: number): string => {
    const digit = index >= 0 && index < count ? readUint2(buf, start + NUMERIC_HEADER_BYTES + 2 * index) : 0;
    return String(digit).padStart(4, '0');
  };
  let whole = '';
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const text = `${sign === NUMERIC_SIGN.negative ? '-' : ''}${whole.replace(/^0+/, '') || '0'}`;
  return scale === 0 ? text : `${text}.${fraction.slice(0, scale)}`;
}
