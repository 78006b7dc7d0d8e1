/**
 * 64-bit integers as two 32-bit words in a little-endian typed array, without a bigint for each.
 * Row `r` is words `2r` (low) and `2r + 1` (high), which a BigInt64Array over the same bytes reads
 * as one number.
 */
const WORD = 0x1_0000_0000;

/** Writes an integer of at most 53 bits. */
export function setSafeInteger(words: Int32Array, row: number, value: number): void {
  const high = Math.floor(value / WORD);
  words[2 * row] = value - high * WORD;
  words[2 * row + 1] = high;
}

/**
 * Writes `head * 10^9 + tail`, head ≤ 10^10 and tail < 10^9. Returns false, with the row undefined,
 * above 2^63.
 */
export function setLongInteger(words: Int32Array, row: number, head: number, tail: number): boolean {
  const upper = Math.floor(head / 65_536) * 1e9;
  const lower = (head % 65_536) * 1e9 + tail + (upper % 65_536) * 65_536;
  const carry = Math.floor(lower / WORD);
  const high = Math.floor(upper / 65_536) + carry;
  const low = lower - carry * WORD;
  words[2 * row] = low;
  words[2 * row + 1] = high;
  return high < 0x80000000 || (high === 0x80000000 && low === 0);
}

/** Negates a row. */
export function negateRow(words: Int32Array, row: number): void {
  const low = words[2 * row] as number;
  words[2 * row] = -low;
  words[2 * row + 1] = ~(words[2 * row + 1] as number) + (low === 0 ? 1 : 0);
}

/** Writes any 64-bit integer; slower than the others. */
export function setBigInteger(words: Int32Array, row: number, value: bigint): void {
  setWords(words, row, Number(value & 0xffffffffn), Number(value >> 32n));
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
