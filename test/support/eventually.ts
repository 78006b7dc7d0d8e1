import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Polls until the probe gives something other than undefined, null or false; fails by name when
 * that takes too long.
 */
export async function eventually<T>(probe: () => T | Promise<T>, what: string, timeoutMs = 120_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}, which did not happen`);
    await sleep(POLL_MS);
  }
}
