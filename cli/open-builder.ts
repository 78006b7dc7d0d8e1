import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Engine } from '../warehouse/engine.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import { buildLimits } from './build-limits.ts';

/** `run` restarts a compactor that was killed within this time. */
const PATIENCE_MS = 5_000;

type BuilderConfig = Pick<Config, 'warehouse' | 'warehouse.cluster' | 'transform.memory' | 'transform.threads'>;

/**
 * The warehouse for a process that builds models. A role waits for the compactor until the signal
 * is aborted; a command waits a few seconds. Errors: NOT_RUNNING, BAD_CONFIG for a cluster.
 */
export async function openBuilder(
  config: BuilderConfig,
  { log, signal, waits }: { log: Log; signal: AbortSignal; waits: boolean },
): Promise<Engine> {
  const cluster = config['warehouse.cluster'];
  if (cluster !== undefined)
    throw new TailraceError(
      'BAD_CONFIG',
      `warehouse.cluster is "${cluster}", and models and scheduled exports do not work on a cluster yet`,
      {
        hint: 'See docs/CLUSTER.md for the reason, and for what works.',
      },
    );
  const builder = { uri: config.warehouse, role: 'builder', log, signal, limits: buildLimits(config) } as const;
  try {
    return await openWarehouse({ ...builder, patienceMs: PATIENCE_MS });
  } catch (error) {
    if (!waits || !(error instanceof TailraceError && error.code === 'NOT_RUNNING')) throw error;
  }
  log.info({ warehouse: config.warehouse }, 'waiting for the compactor of the warehouse');
  return openWarehouse({ ...builder, patienceMs: Number.POSITIVE_INFINITY });
}
