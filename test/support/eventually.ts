import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;
const MOST_POLL_MS = 1_000;

/**
 * Polls until the probe gives something other than undefined, null or false; fails by name when
 * that takes too long. A probe that takes long, as a command does, leaves as much time to what it
 * waits for.
 */
export async function eventually<T>(probe: () => T | Promise<T>, what: string, timeoutMs = 120_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const begunMs = Date.now();
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    const nowMs = Date.now();
    if (nowMs > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}, which did not happen`);
    await sleep(Math.min(Math.max(nowMs - begunMs, POLL_MS), MOST_POLL_MS));
  }
}
