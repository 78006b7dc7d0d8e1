import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from '../session/connect.ts';
import { dropSlot } from './slot.ts';

const TRIES = 40;
const PAUSE_MS = 50;

/**
 * Drops a slot although a replicator reads from it: ends that session and drops the slot before the
 * reader reconnects. Then the source keeps no more WAL for tailrace. SLOT_IN_USE when the reader
 * always reconnected first; SOURCE_REFUSED when we may not end its session.
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
