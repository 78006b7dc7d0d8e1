import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 500;

/**
 * The freshness that the monitor shows, asked for twice a second: in seconds, one for each answer.
 */
export async function shownFreshness(page: string, seconds: number): Promise<number[]> {
  const shown: number[] = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(EVERY_MS)) {
    const answer = await fetch(new URL('/status', page));
    const { freshnessSeconds } = (await answer.json()) as { freshnessSeconds: number | null };
    shown.push(freshnessSeconds ?? Number.NaN);
  }
  return shown;
}
