import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;

/** Resolves as soon as the probe, asked every 10 ms, says yes. */
export async function until(probe: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await probe())) await sleep(POLL_MS);
}
