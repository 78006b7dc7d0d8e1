import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from '../session/connect.ts';
import { dropSlot } from './slot.ts';

const TRIES = 40;
const PAUSE_MS = 50;

/**
 * Gives a slot up although a replicator reads from it: its session is ended, and the slot dropped
 * before it comes back. Afterwards the source keeps no WAL for us. SLOT_IN_USE when the reader
 * always came back first; SOURCE_REFUSED when ending it is not allowed.
 */
export async function releaseSlot(connection: SqlConnection, name: string): Promise<void> {
  let last: unknown = null;
  for (let n = 0; n < TRIES; n += 1) {
    await connection.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active_pid is not null',
      [name],
    );
    try {
      await dropSlot(connection, name);
      return;
    } catch (error) {
      if (!(error instanceof TailraceError) || !['SLOT_IN_USE', 'SOURCE_BUSY'].includes(error.code)) throw error;
      last = error;
    }
    await sleep(PAUSE_MS);
  }
  throw last;
}
