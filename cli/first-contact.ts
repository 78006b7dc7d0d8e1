import type { Config } from '../core/config.ts';
import { describeError, TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { matchTables } from '../core/table-glob.ts';
import { LAKE_KEY } from '../lake/keys.ts';
import { openLake } from '../lake/lake-identity.ts';
import { readTables } from '../postgres/catalog.ts';
import { connect } from '../postgres/connect.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { identifySystem } from '../postgres/system.ts';
import { sourceOf, withStore } from './ends.ts';

/**
 * What a person may have got wrong is told before anything is started: source, its WAL level, the lake, the table globs.
 * A pipeline that ran before outlives a source or store that is down for the moment, so then that is no error.
 */
export async function firstContact(config: Config, log: Log): Promise<void> {
  const source = sourceOf(config, 'start');
  await withStore(config, async (store) => {
    const ranBefore = await store.get(LAKE_KEY).then((found) => found !== null, tolerateOutage);
    try {
      await using connection = await connect(source, { role: 'sql' });
      const system = await identifySystem(connection);
      await requireLogicalWal(connection);
      if (config.tables !== undefined) matchTables(config.tables, await readTables(connection, null));
      await openLake(store, { systemId: system.systemId, database: system.database });
    } catch (error) {
      if (!ranBefore || !isOutage(error)) throw error;
      log.warn({ error: describeError(error) }, 'an end does not answer yet, it is waited for');
    }
  });
}

function isOutage(error: unknown): boolean {
  return error instanceof TailraceError && ['SOURCE_UNREACHABLE', 'LAKE_UNAVAILABLE'].includes(error.code);
}

/** A store that is down for the moment may hold a lake. */
function tolerateOutage(error: unknown): true {
  if (isOutage(error)) return true;
  throw error;
}

async function requireLogicalWal(connection: SqlConnection): Promise<void> {
  const [row] = await connection.query<{ wal_level: string }>(`select current_setting('wal_level') as wal_level`);
  if (row?.wal_level !== 'logical')
    throw new TailraceError('WAL_LEVEL', `wal_level of the source is ${row?.wal_level ?? 'unknown'}, not logical`);
}
