import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { readOwner } from '../warehouse/owner.ts';

/** `run` restarts a compactor that was killed within this time. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 200;

/**
 * Throws NOT_RUNNING when the warehouse is a directory on this machine without an owner. For any
 * other warehouse, the answer to a request shows whether a compactor runs.
 */
export async function requireCompactor({ warehouse }: Pick<Config, 'warehouse'>): Promise<void> {
  if (/^https?:/.test(warehouse) || !existsSync(warehouse)) return;
  const until = elapsed() + PATIENCE_MS;
  while ((await readOwner(resolve(warehouse))) === null) {
    if (elapsed() > until) throw new TailraceError('NOT_RUNNING', `no compactor owns the warehouse ${resolve(warehouse)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
