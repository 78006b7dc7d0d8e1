import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from './engine.ts';
import { literalCh } from './names.ts';
import { placeOf } from './place.ts';

const AGAIN_MS = 100;
const PATIENCE_MS = 60_000;

/** One life of a process that writes to a server. Its statements carry these words. */
export interface StatementLife {
  readonly warehouseId: string;
  /** The compactor, or a builder by its lock: only one of each may live. */
  readonly part: 'compact' | 'build-role' | 'build-run';
  /** Another text in each life. */
  readonly life: string;
}

/** What the query ids of a life begin with: `tailrace-<warehouse id>-compact-7-`. */
export function statementPrefix({ warehouseId, part, life }: StatementLife): string {
  return `tailrace-${warehouseId}-${part}-${life}-`;
}

/** Reads end with their client and harm nobody, so nobody looks for their query ids. */
export function readPrefix({ warehouseId, part, life }: StatementLife): string {
  return `tailrace-${warehouseId}-read-${part}-${life}-`;
}

/**
 * Ends what other lives of this part left running on a server, of any warehouse, and waits until it
 * has ended. An answer that was lost leaves an INSERT running, and its rows would come late.
 * Errors: WAREHOUSE_UNAVAILABLE when a statement does not end; WAREHOUSE_REFUSED with the grant
 * that is missing.
 */
export async function endOtherLives(engine: Engine, life: StatementLife): Promise<void> {
  const { cloud } = await placeOf(engine);
  const others = { part: literalCh(`^tailrace-[^-]+-${life.part}-`), own: literalCh(statementPrefix(life)) };
  // Each request to Cloud meets one of several nodes. They are its cluster `default`.
  const [cluster, processes] = cloud ? ['ON CLUSTER default', "clusterAllReplicas('default', system.processes)"] : ['', 'system.processes'];
  for (const until = elapsed() + PATIENCE_MS; ; await sleep(AGAIN_MS)) {
    await engine.exec(sql('end-statements-of-others', { ...others, cluster }));
    if ((await engine.query(sql('statements-of-others', { ...others, processes }))).length === 0) return;
    if (elapsed() > until) throw new TailraceError('WAREHOUSE_UNAVAILABLE', 'a statement of an earlier process is still running');
  }
}
