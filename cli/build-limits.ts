import { availableParallelism } from 'node:os';
import type { Config } from '../core/config.ts';
import type { BuildLimits } from '../warehouse/engine.ts';

/** Bounds of each statement that a builder sends. */
export function buildLimits(config: Pick<Config, 'transform.memory' | 'transform.threads'>): BuildLimits {
  return { memoryBytes: config['transform.memory'], threads: config['transform.threads'] ?? usualThreads() };
}

/** One core stays free for the other roles on a small machine. */
function usualThreads(): number {
  return availableParallelism() <= 2 ? 1 : 2;
}
