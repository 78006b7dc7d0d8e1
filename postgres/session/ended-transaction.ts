import type { SqlConnection } from './connect.ts';

/** Transaction ids are 32 bits in the stream, and 64 bits in a snapshot. */
const WRAP = 1n << 32n;

/** Whether a transaction, by its id in the stream, has ended: committed or rolled back. */
export async function hasEnded(connection: SqlConnection, xid: number): Promise<boolean> {
  const [row] = await connection.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return row !== undefined && endedIn(row.snapshot, xid);
}

/**
 * The same by the text of a snapshot, `xmin:xmax:running,…`. Pure.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
export function endedIn(snapshot: string, xid: number): boolean {
  const [, max = '0', running = ''] = snapshot.split(':');
  const next = BigInt(max);
  const low = BigInt(xid);
  // The newest id that has these 32 bits and was given already.
  const whole = next - 1n - ((next - 1n - low) & (WRAP - 1n));
  return whole > 0n && !running.split(',').includes(String(whole));
}
