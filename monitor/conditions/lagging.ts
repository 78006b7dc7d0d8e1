import { duration } from '../../core/figures.ts';
import type { LaggingReplica } from '../../lake/readers.ts';
import type { Condition } from '../alert.ts';
import type { StatusReport } from '../status.ts';

/** A node that is restarted lags for a moment. */
const HOLD_MS = 60_000;

/** One alert for all replicas of a cluster that lag. */
export function lagging({ warehouse }: StatusReport): Condition[] {
  const replicas = warehouse.lagging.length;
  if (replicas === 0) return [];
  return [
    {
      key: 'replica-lagging',
      kind: 'replica-lagging',
      severity: 'warn',
      holdMs: HOLD_MS,
      table: null,
      stage: 'compactor',
      summary: `Not every replica of the warehouse has all rows: ${warehouse.lagging.map(laggingText).join('; ')}.`,
      figures: { replicas },
    },
  ];
}

/** A replica that lags, and how far. */
export function laggingText({ shard, replica, host, seconds }: LaggingReplica): string {
  const what = seconds === null ? 'does not answer or takes no rows' : `is ${duration(seconds)} behind`;
  return `replica ${replica} of shard ${shard} (${host}) ${what}`;
}
