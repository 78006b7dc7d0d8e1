/**
 * 64-bit integers as two 32-bit words in a little-endian typed array, without a bigint for each.
 * Row `r` is words `2r` (low) and `2r + 1` (high), which a BigInt64Array over the same bytes reads as one number.
 */
const WORD = 0x1_0000_0000;

/** Writes an integer of at most 53 bits. */
export function setSafeInteger(words: Int32Array, row: number, value: number): void {
  const high = Math.floor(value / WORD);
  words[2 * row] = value - high * WORD;
  words[2 * row + 1] = high;
}

/**
 * Writes `±(count * unit + rest)` with 0 ≤ count < 2^44, unit ≤ 10^9, 0 ≤ rest ≤ unit.
 * Returns false, with the row undefined, when that is no 64-bit integer.
 */
export function setProduct(
  words: Int32Array,
  row: number,
  [count, unit, rest, negative]: readonly [number, number, number, boolean],
): boolean {
  const upper = Math.floor(count / 65_536) * unit;
  const lower = (count % 65_536) * unit + rest + (upper % 65_536) * 65_536;
  const low = lower % WORD;
  const high = Math.floor(upper / 65_536) + Math.floor(lower / WORD);
  if (high > 0x7fffffff && !(negative && high === 0x80000000 && low === 0)) return false;
  words[2 * row] = negative ? -low : low;
  words[2 * row + 1] = negative ? ~high + (low === 0 ? 1 : 0) : high;
  return true;
}

/** Writes two words as they are. */
export function setWords(words: Int32Array, row: number, low: number, high: number): void {
  words[2 * row] = low;
  words[2 * row + 1] = high;
}

/** The rows as 64-bit integers over the same bytes. */
export function asInt64(words: Int32Array): BigInt64Array {
  return new BigInt64Array(words.buffer, words.byteOffset, words.length / 2);
}
