import type { SqlConnection } from '../postgres/session/connect.ts';
import type { PublishedTable } from './choose-copies.ts';

/**
 * pg_restore makes its tables, fills them, and adds their keys last. It pauses between the steps,
 * but not longer than this.
 */
const CALM_MS = 3_000;
/** A log table that is written all the time would never be calm. */
const LONGEST_MS = 60_000;

/**
 * New tables without a key that may still get one. Copied at once, each would be copied again when
 * its key comes. They wait until none of them was written or altered for a moment, at most a minute
 * each. The tables of the first look are not new.
 */
export class Settling {
  readonly #seenMs = new Map<string, number>();
  #first = true;
  #busyMs = Number.NEGATIVE_INFINITY;

  /**
   * The tables to copy later. `isBusy` says whether one of these is being written or altered now.
   */
  async wait(
    tables: readonly PublishedTable[],
    nowMs: number,
    isBusy: (tables: readonly PublishedTable[]) => Promise<boolean>,
  ): Promise<ReadonlySet<string>> {
    for (const { tableId } of tables) {
      if (this.#seenMs.has(tableId)) continue;
      this.#seenMs.set(tableId, this.#first ? Number.NEGATIVE_INFINITY : nowMs);
      if (!this.#first) this.#busyMs = nowMs;
    }
    this.#first = false;
    const young = tables.filter(({ tableId, appendOnly }) => appendOnly && nowMs - (this.#seenMs.get(tableId) ?? 0) < LONGEST_MS);
    if (young.length === 0) return new Set();
    if (await isBusy(young)) this.#busyMs = nowMs;
    return nowMs - this.#busyMs < CALM_MS ? new Set(young.map(({ tableId }) => tableId)) : new Set();
  }
}

/** Whether an open transaction has written or altered one of the tables. Takes no lock. */
export async function isBeingWritten(connection: SqlConnection, tables: readonly PublishedTable[]): Promise<boolean> {
  const rows = await connection.query(
    `select 1 from pg_locks
      where locktype = 'relation' and granted and relation = any ($1::oid[]) and pid <> pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())
        and mode in ('RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') limit 1`,
    [tables.map(({ oid }) => oid)],
  );
  return rows.length > 0;
}
