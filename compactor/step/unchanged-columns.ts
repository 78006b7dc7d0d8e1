/** With more patterns than this, all columns are resolved. */
const MOST_PATTERNS = 256;

/** Expression over the alias `_tr_f` of files of the stream: their different marks, as hex. */
export const MARKS_SQL = `groupUniqArrayIf(${MOST_PATTERNS})(hex(_tr_f._tr_unchanged), _tr_f._tr_unchanged != '')`;

/** The same for files without any. */
export const NO_MARKS_SQL = 'emptyArrayString()';

/**
 * Bits (positions in the files' schema) that any of these marks sets; null: there are too many
 * marks to tell.
 */
export function unchangedBits(marks: readonly string[]): ReadonlySet<number> | null {
  return marks.length >= MOST_PATTERNS || marks.length === 0 ? null : bitsOf(marks);
}

/**
 * Bitmaps as hex, lowest bit of the first byte first → numbers of the bits that are set in any of
 * them.
 */
export function bitsOf(patterns: readonly string[]): ReadonlySet<number> {
  const bits = new Set<number>();
  for (const pattern of patterns) {
    for (const [index, byte] of Buffer.from(pattern, 'hex').entries()) {
      for (let bit = 0; bit < 8; bit += 1) if ((byte & (1 << bit)) !== 0) bits.add(index * 8 + bit);
    }
  }
  return bits;
}
