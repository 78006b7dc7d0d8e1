/**
 * Wide integers as little-endian 32-bit words. Every product below stays within the 53 bits of a
 * number, so a decimal of 76 digits is built without a bigint.
 */
const WORD = 0x1_0000_0000;
const CHUNK = 1e6;

/**
 * `words = words * factor + addend`, modulo their width. factor ≤ 10^6, addend < 2^32. Words from
 * `used` on are zero. Returns the new number of used words, so a short number costs little in a
 * wide column.
 */
export function multiplyAdd(words: Uint32Array, factor: number, addend: number, used = words.length): number {
  let carry = addend;
  for (let i = 0; i < used; i++) {
    const product = (words[i] as number) * factor + carry;
    carry = Math.floor(product / WORD);
    words[i] = product - carry * WORD;
  }
  if (carry === 0 || used === words.length) return used;
  words[used] = carry;
  return used + 1;
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

/** Powers of ten as words, without the leading zeros; the greatest scale is 76. */
const POWERS = Array.from({ length: 77 }, (_, zeros) => {
  const words = new Uint32Array(8);
  words[0] = 1;
  scaleWords(words, zeros);
  return words.subarray(0, words.findLastIndex((word) => word !== 0) + 1);
});

/** `words = words * 10^zeros`, modulo their width. Words from `used` on are zero. */
export function scaleWords(words: Uint32Array, zeros: number, used = words.length): void {
  let count = used;
  for (let left = zeros; left > 0; left -= 6) count = multiplyAdd(words, left >= 6 ? CHUNK : 10 ** left, 0, count);
}

/**
 * Writes `value * 10^zeros` at `words[first]`, where the words are zero; value < 10^15, zeros ≤ 76.
 * The product must fit there.
 */
export function putScaled(words: Uint32Array, first: number, value: number, zeros: number): void {
  const power = POWERS[zeros] as Uint32Array;
  if (value >= CHUNK) {
    const upper = Math.floor(value / CHUNK);
    putScaled(words, first, upper, zeros);
    addMultiple(words, { first, count: power.length + 2 }, power, value - upper * CHUNK);
    return;
  }
  let carry = 0;
  for (let i = 0; i < power.length; i++) {
    const product = (power[i] as number) * value + carry;
    carry = Math.floor(product / WORD);
    words[first + i] = product - carry * WORD;
  }
  if (carry > 0) words[first + power.length] = carry;
}

/**
 * `words = words * 10^6 + power * factor` over `count` of them; factor < 10^6, so that both
 * products and the carry stay within 53 bits.
 */
function addMultiple(words: Uint32Array, at: { first: number; count: number }, power: Uint32Array, factor: number): void {
  let carry = 0;
  for (let i = 0; i < at.count; i++) {
    const digits = i < power.length ? (power[i] as number) * factor : 0;
    const old = words[at.first + i] as number;
    if (i >= power.length && old === 0 && carry === 0) return;
    const sum = old * CHUNK + digits + carry;
    carry = Math.floor(sum / WORD);
    words[at.first + i] = sum - carry * WORD;
  }
}

/** `words = words + 1`, modulo their width. */
export function addOne(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    words[i] = (words[i] as number) + 1;
    if (words[i] !== 0) return;
  }
}

/** Compares magnitudes of one width. */
export function isGreater(one: Uint32Array, other: Uint32Array): boolean {
  for (let i = one.length - 1; i >= 0; i--) {
    if (one[i] !== other[i]) return (one[i] as number) > (other[i] as number);
  }
  return false;
}
