import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import { elapsed, wall } from '../core/time.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { SILENT_AFTER_MS } from '../lake/pulse.ts';
import { readPosition } from '../lake/warehouse-position.ts';
import type { WarehouseChoice } from '../lake/warehouse-position.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { readOwner } from '../warehouse/owner.ts';

/** `run` restarts a role that died within this time. */
export const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 200;

interface Pipeline {
  readonly store: ObjectStore;
  readonly warehouse: WarehouseChoice;
  readonly warehousePlace: string;
}

/**
 * Throws NOT_RUNNING when neither role runs: no replicator has a session on the source, and no
 * compactor works on the warehouse. If one of them runs, the other may be restarting or waiting for
 * an end, so that is no error. `patienceMs`: how long a role may take to start.
 */
export async function requireRoles(connection: SqlConnection, pipeline: Pipeline, patienceMs = PATIENCE_MS): Promise<void> {
  const until = elapsed() + patienceMs;
  while (!(await replicates(connection)) && !(await compacts(pipeline))) {
    if (elapsed() > until) throw new TailraceError('NOT_RUNNING', 'no replicator is connected to the source, and no compactor is running');
    await sleep(LOOK_EVERY_MS);
  }
}

/** A replicator that waits for its slot has sessions too. Any user can see application names. */
async function replicates(connection: SqlConnection): Promise<boolean> {
  const rows = await connection.query(
    `select from pg_stat_activity where datname = current_database() and application_name = 'tailrace replicate' limit 1`,
  );
  return rows.length > 0;
}

/** A directory on this machine has an owner; any other warehouse has written a recent position. */
async function compacts({ store, warehouse, warehousePlace }: Pipeline): Promise<boolean> {
  if (!/^https?:/.test(warehousePlace) && existsSync(warehousePlace)) return (await readOwner(resolve(warehousePlace))) !== null;
  const position = await readPosition(store, warehouse);
  return position !== null && Math.abs(wall() - Date.parse(position.at)) <= SILENT_AFTER_MS;
}
