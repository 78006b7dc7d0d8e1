import { setTimeout as sleep } from 'node:timers/promises';

/** A turn waits this long for a slice that runs beside the turns. */
const PATIENCE_MS = 100;

/**
 * Runs slices beside the turns that ask for them, except for the first one: when a turn has waited
 * a moment for a slice, the next turn waits for the same one. So live tables move on while a slice
 * takes seconds. Slices follow one another, and a new one begins only in a turn.
 */
export async function* besideTurns<T>(
  slices: AsyncGenerator<void, T>,
  pause: () => Promise<unknown> = () => sleep(PATIENCE_MS),
): AsyncGenerator<void, T> {
  let slice = await slices.next();
  while (slice.done !== true) {
    yield;
    const working = slices.next();
    let over = false;
    // Turns may end before it does; then nobody hears of its failure.
    const settled = working.then(
      () => (over = true),
      () => (over = true),
    );
    for (;;) {
      await Promise.race([settled, pause()]);
      if (over) break;
      yield;
    }
    slice = await working;
  }
  return slice.value;
}
