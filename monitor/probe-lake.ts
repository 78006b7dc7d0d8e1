import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../core/errors.ts';
import { isoTime } from '../core/time.ts';
import { encodeJson } from '../lake/json-object.ts';
import { probeKey } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';

const TIMEOUT_MS = 10_000;

/**
 * Writes a small object of our own. Returns the reason when the lake rejects it, else null. Never
 * rejects.
 */
export async function probeLake(store: ObjectStore, warehouseId: string, nowMs: number): Promise<string | null> {
  const written = store.replace(probeKey(warehouseId), encodeJson({ at: isoTime(nowMs) })).then(() => null, describeError);
  return Promise.race([written, sleep(TIMEOUT_MS, `no answer for ${TIMEOUT_MS / 1000} s`, { ref: false })]);
}
