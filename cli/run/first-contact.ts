import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { tableRules } from '../../core/config.ts';
import type { Config } from '../../core/config.ts';
import { describeError, isAway, TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { matchTables } from '../../core/table-glob.ts';
import { LAKE_KEY } from '../../lake/keys.ts';
import { openLake, placeOf } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { probeStore } from '../../lake/store/open-store.ts';
import { readTables } from '../../postgres/catalog/catalog.ts';
import { markedLake } from '../../warehouse/lake-mark.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { checkRules, requireRules } from '../../postgres/preflight/rule-checks.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { requireApart, sourceOf, withStore } from '../ends.ts';

/** How a role uses the lake: `make` it when it is missing, `write` into it, or only `read` it. */
export type LakeUse = 'make' | 'write' | 'read';

type Ends = Pick<Config, 'source' | 'lake' | 's3PathStyle' | 'warehouse' | 'tables' | 'table' | 'mask.salt'>;

/**
 * Checks the source, its WAL level, the table globs and the lake before anything is started, and
 * throws the error of the first that is wrong. If a pipeline ran here before, a source or store
 * that is down is no error: it is waited for. `also` gets the connection to the source when nothing
 * is wrong. Returns the lake's id, or null when there is no lake yet.
 */
export async function firstContact(
  config: Ends,
  log: Log,
  use: LakeUse,
  also?: (connection: SqlConnection) => Promise<void>,
): Promise<string | null> {
  const source = sourceOf(config, 'start');
  requireApart(config);
  return withStore(config, async (store) => {
    const found = await findLake(store);
    if (use === 'make' && found === false) await requireNewWarehouse(config, store);
    let ranBefore = found === true || (found === null && existsSync(config.warehouse));
    try {
      await using connection = await connect(source, { role: 'sql' });
      const system = await identifySystem(connection);
      ranBefore ||= found === null && (await hasPublications(connection));
      await requireLogicalWal(connection);
      await requireTables(config, connection);
      const identity = { systemId: system.systemId, database: system.database };
      const lake = use === 'make' || found !== false ? await openLake(store, identity) : null;
      if (use !== 'read') await probeStore(store);
      await also?.(connection);
      return lake?.id ?? null;
    } catch (error) {
      if (!ranBefore || !isAway(error)) throw error;
      log.warn({ error: describeError(error) }, 'an end does not answer yet, it is waited for');
      return null;
    }
  });
}

/** A volume that is not mounted looks like an empty lake; the mark in the warehouse shows it. */
async function requireNewWarehouse({ warehouse }: Pick<Config, 'warehouse'>, store: ObjectStore): Promise<void> {
  const lake = /^https?:/.test(warehouse) ? null : await markedLake(resolve(warehouse));
  if (lake === null) return;
  const what = `the warehouse ${resolve(warehouse)} was made from lake ${lake.slice(0, 8)}, but there is no lake in ${placeOf(store)}`;
  throw new TailraceError('WAREHOUSE_OF_ANOTHER_LAKE', what, {
    hint: 'Mount the volume of that lake, or use another --warehouse for a new one.',
  });
}

/** Throws when a glob or a section of `table` matches nothing or cannot be applied. */
async function requireTables(config: Pick<Config, 'tables' | 'table' | 'mask.salt'>, connection: SqlConnection): Promise<void> {
  if (config.tables === undefined && config.table === undefined) return;
  const all = await readTables(connection, null);
  const chosen = matchTables(config.tables ?? null, all);
  if (config.table !== undefined) requireRules(await checkRules(connection, { all, chosen }, tableRules(config)));
}

/**
 * `firstContact` for the role without a connection to the source. Another role may still have to
 * make the lake.
 */
export async function firstContactWithLake(
  config: Pick<Config, 'lake' | 's3PathStyle' | 'warehouse'> & Partial<Pick<Config, 'lake.readonly'>>,
  log: Log,
): Promise<void> {
  requireApart(config);
  await withStore(config, async (store) => {
    try {
      if (config['lake.readonly'] === true) await findLake(store);
      else await probeStore(store);
    } catch (error) {
      if (!isAway(error) || !(existsSync(config.warehouse) || /^https?:/.test(config.warehouse))) throw error;
      log.warn({ error: describeError(error) }, 'the lake does not answer yet, it is waited for');
    }
  });
}

/** Whether the store has a lake; null when the store does not answer. */
async function findLake(store: ObjectStore): Promise<boolean | null> {
  try {
    return (await store.get(LAKE_KEY)) !== null;
  } catch (error) {
    if (isAway(error)) return null;
    throw error;
  }
}

/** Whether some lake, perhaps this one, has been fed from this source. */
async function hasPublications(connection: SqlConnection): Promise<boolean> {
  const rows = await connection.query(String.raw`select 1 from pg_publication where pubname like 'tailrace\_%' limit 1`);
  return rows.length > 0;
}

async function requireLogicalWal(connection: SqlConnection): Promise<void> {
  const [row] = await connection.query<{ wal_level: string }>(`select current_setting('wal_level') as wal_level`);
  if (row?.wal_level !== 'logical')
    throw new TailraceError('WAL_LEVEL', `wal_level of the source is ${row?.wal_level ?? 'unknown'}, not logical`);
}
