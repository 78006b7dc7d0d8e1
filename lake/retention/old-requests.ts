import { z } from 'zod';
import { putStage } from '../control.ts';
import { readJson } from '../json-object.ts';
import { CONTROL_PREFIX, controlKey, parseControlKey } from '../keys.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** An answer stays for this long after the last sign of its request. */
const ANSWER_MS = 7 * DAY_MS;
/** A request that nobody has answered for this long is answered with `expired`. */
const EXPIRED_MS = 30 * DAY_MS;

/**
 * Requests that expire. A request for a copy does not: its table waits for the copy, however long
 * that takes. Neither do requests of a later version.
 */
const EXPIRING = new Set(['verify', 'resume', 'freeze', 'keep-freeze', 'drop-freeze', 'base', 'rebuild']);

const anyRequest = z.object({ kind: z.string() });

interface Asked {
  readonly id: string;
  request: ListedObject | null;
  /** null: it has no answer */
  done: ListedObject | null;
  readonly others: ListedObject[];
  newestMs: number;
}

/**
 * Removes requests that were answered long ago, and what was left of earlier ones. The request goes
 * first and its answer last: an answer that is gone would open the request again. Returns how many
 * requests went.
 */
export async function sweepRequests(store: ObjectStore, nowMs: number): Promise<number> {
  let removed = 0;
  for (const asked of await listRequests(store)) {
    if (asked.request !== null && asked.done === null) {
      if (nowMs - asked.newestMs >= EXPIRED_MS) await expire(store, asked.id);
    } else if (nowMs - asked.newestMs >= ANSWER_MS) {
      await store.delete(controlKey(asked.id));
      for (const { key } of asked.others) await store.delete(key);
      await store.delete(controlKey(asked.id, 'done'));
      removed += 1;
    }
  }
  return removed;
}

async function listRequests(store: ObjectStore): Promise<Iterable<Asked>> {
  const found = new Map<string, Asked>();
  for await (const object of store.list(CONTROL_PREFIX)) {
    const parsed = parseControlKey(object.key);
    if (parsed === null) continue;
    const asked = found.get(parsed.id) ?? { id: parsed.id, request: null, done: null, others: [], newestMs: 0 };
    found.set(parsed.id, asked);
    if (parsed.stage === null) asked.request = object;
    else if (parsed.stage === 'done') asked.done = object;
    else asked.others.push(object);
    asked.newestMs = Math.max(asked.newestMs, object.modified.getTime());
  }
  return found.values();
}

async function expire(store: ObjectStore, id: string): Promise<void> {
  const request = await readJson(store, anyRequest, controlKey(id));
  if (request !== null && EXPIRING.has(request.kind)) await putStage(store, { id, stage: 'done' }, { ok: false, error: 'expired' });
}
