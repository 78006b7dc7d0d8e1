import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { elapsed } from '../../core/time.ts';
import { awaitStage } from '../../lake/control.ts';
import { controlKey } from '../../lake/keys.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { MESSAGE_PREFIX } from '../../postgres/session/system.ts';
import { emitMessage } from '../../postgres/session/system.ts';

/** A replicator that dies between the question and its answer has forgotten the question. */
const ASK_AGAIN_MS = 10_000;

/**
 * Lets the replicator look at the catalog. Tables created, dropped or renamed and partitions
 * dropped before the call are then in the lake below every later commit. Without it the replicator
 * notices them at the next heartbeat. False when no replicator answered in time.
 */
export async function lookAtCatalog(store: ObjectStore, connection: SqlConnection, timeoutMs: number): Promise<boolean> {
  const id = `look-${randomBytes(8).toString('hex')}`;
  const deadline = elapsed() + timeoutMs;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = deadline - elapsed()) {
    await emitMessage(connection, MESSAGE_PREFIX, `look:${id}`);
    if (!(await isAnswered(store, id, Math.min(leftMs, ASK_AGAIN_MS)))) continue;
    await store.delete(controlKey(id, 'looked'));
    return true;
  }
  return false;
}

async function isAnswered(store: ObjectStore, id: string, timeoutMs: number): Promise<boolean> {
  try {
    await awaitStage(store, { id, stage: 'looked' }, { timeoutMs });
    return true;
  } catch (error) {
    if (error instanceof TailraceError && error.code === 'TIMED_OUT') return false;
    throw error;
  }
}
