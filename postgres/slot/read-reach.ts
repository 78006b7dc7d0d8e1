import { setTimeout as sleep } from 'node:timers/promises';
import type { Lsn } from '../../core/lsn.ts';
import type { SqlConnection } from '../session/connect.ts';
import { readSender } from './slot.ts';
import type { SenderFacts } from './slot.ts';

/** A replicator tells within a second how far it has read. */
const ASKED = 5;
const ASK_AGAIN_MS = 200;
/** A lake that is fresher than this needs no proof by the stream. */
const FRESH_SECONDS = 1.5;

/**
 * Reads a walsender by its pid. A stream that is about to pass the `end` of the log gets a moment
 * to say so, unless the lake is fresh anyway: a single look could prove nothing without it.
 */
export async function readReach(
  connection: SqlConnection,
  { pid, end, lakeSeconds }: { readonly pid: number; readonly end: Lsn; readonly lakeSeconds: number | null },
): Promise<SenderFacts | null> {
  for (let asked = 1; ; asked += 1) {
    const sender = await readSender(connection, pid);
    const behind = sender?.written !== undefined && sender.written < end;
    if (!behind || asked === ASKED || (lakeSeconds ?? 0) < FRESH_SECONDS) return sender;
    await sleep(ASK_AGAIN_MS);
  }
}
