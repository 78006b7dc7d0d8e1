/** From this many numbers on, several are asked about at once: more requests, and less waiting. */
const LONG = 64;
const AT_ONCE = 4;

/**
 * The last number of a sequence without gaps, by doubling and dividing from one that is known to
 * exist (0: none is known). A listing would cost one request per thousand. After a missing number
 * the other answers of its turn do not count: those numbers may have come since.
 */
export async function lastThatIs(isThere: (n: number) => Promise<boolean>, known: number): Promise<number> {
  let low = known;
  let missing = Number.POSITIVE_INFINITY;
  let step = 1;
  while (missing - low > 1) {
    const count = step < LONG ? 1 : AT_ONCE;
    const asked = missing === Number.POSITIVE_INFINITY ? doubling(low, step, count) : between(low, missing, count);
    const [first = low + 1, ...others] = asked;
    const there = others.length === 0 ? [await isThere(first)] : await Promise.all(asked.map(isThere));
    const gone = there.indexOf(false);
    low = asked[(gone < 0 ? asked.length : gone) - 1] ?? low;
    if (gone >= 0) missing = asked[gone] ?? missing;
    else if (missing === Number.POSITIVE_INFINITY) step *= 2 ** count;
  }
  return low;
}

function doubling(low: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => low + step * 2 ** index);
}

/** Divides what is left into equal parts. */
function between(low: number, missing: number, count: number): number[] {
  const parts = Array.from({ length: count }, (_, index) => low + Math.floor(((missing - low) * (index + 1)) / (count + 1)));
  return [...new Set(parts)].filter((number) => number > low);
}
