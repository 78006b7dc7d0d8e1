/**
 * The last number of a sequence without gaps, by doubling and halving from one that is known to
 * exist (0: none is known). A listing would cost one request per thousand.
 */
export async function lastThatIs(isThere: (n: number) => Promise<boolean>, known: number): Promise<number> {
  let low = known;
  let step = 1;
  while (await isThere(low + step)) {
    low += step;
    step *= 2;
  }
  let missing = low + step;
  while (missing - low > 1) {
    const middle = Math.floor((low + missing) / 2);
    if (await isThere(middle)) low = middle;
    else missing = middle;
  }
  return low;
}
