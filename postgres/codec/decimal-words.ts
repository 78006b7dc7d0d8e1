/**
 * Wide integers as little-endian 32-bit words. Every product below stays within the 53 bits of a number,
 * so a decimal of 76 digits is built without a bigint.
 */
const WORD = 0x1_0000_0000;

/** `words = words * factor + addend`, modulo their width. factor ≤ 10^6, addend < 2^32. */
export function multiplyAdd(words: Uint32Array, factor: number, addend: number): void {
  let carry = addend;
  for (let i = 0; i < words.length; i++) {
    const product = (words[i] as number) * factor + carry;
    carry = Math.floor(product / WORD);
    words[i] = product - carry * WORD;
  }
}

/** Two's complement of `words[first, first + count)`. */
export function negate(words: Uint32Array, first: number, count: number): void {
  let carry = 1;
  for (let i = first; i < first + count; i++) {
    const sum = (~(words[i] as number) >>> 0) + carry;
    carry = sum === WORD ? 1 : 0;
    words[i] = sum;
  }
}

/** `10^digits - 1` in `count` words. */
export function nines(digits: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let i = 0; i < digits; i++) multiplyAdd(words, 10, 9);
  return words;
}
