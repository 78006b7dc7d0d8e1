import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { readOwner } from '../warehouse/owner.ts';

/** A compactor that was killed is back within this time under `run`. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 200;

/**
 * Throws NOT_RUNNING when the warehouse is a directory here that nobody owns. Elsewhere the answer
 * to a request tells.
 */
export async function requireCompactor({ warehouse }: Pick<Config, 'warehouse'>): Promise<void> {
  if (/^https?:/.test(warehouse) || !existsSync(warehouse)) return;
  const until = elapsed() + PATIENCE_MS;
  while ((await readOwner(resolve(warehouse))) === null) {
    if (elapsed() > until) throw new TailraceError('NOT_RUNNING', `no compactor owns the warehouse ${resolve(warehouse)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
