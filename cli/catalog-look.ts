import { randomBytes } from 'node:crypto';
import { TailraceError } from '../core/errors.ts';
import { awaitStage } from '../lake/control.ts';
import { controlKey } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { MESSAGE_PREFIX } from '../postgres/message-prefix.ts';
import { emitMessage } from '../postgres/system.ts';

/**
 * Lets the replicator look at the catalog: tables made, dropped or renamed and partitions dropped before the call are then in the lake
 * below every later commit. Without it they are noticed at the next heartbeat. False when no replicator answered in time.
 */
export async function lookAtCatalog(store: ObjectStore, connection: SqlConnection, timeoutMs: number): Promise<boolean> {
  const id = `look-${randomBytes(8).toString('hex')}`;
  await emitMessage(connection, MESSAGE_PREFIX, `look:${id}`);
  try {
    await awaitStage(store, { id, stage: 'looked' }, { timeoutMs });
  } catch (error) {
    if (error instanceof TailraceError && error.code === 'TIMED_OUT') return false;
    throw error;
  }
  await store.delete(controlKey(id, 'looked'));
  return true;
}
