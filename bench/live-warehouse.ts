import { silentLogger } from '../core/log.ts';
import type { Engine } from '../warehouse/engine.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import type { Place } from './workplace.ts';

const LIMITS = { memoryBytes: 700 * 2 ** 20, threads: 2 };

/**
 * The warehouse of a pipeline that is at work, opened as a builder of models opens it: statements
 * run in the engine that answers readers.
 */
export function openLive(place: Place): Promise<Engine> {
  return openWarehouse({ uri: place.warehouse, role: 'builder', log: silentLogger(), limits: LIMITS });
}

/** Seconds from a question to the last byte of its answer, over the endpoint, as clients ask. */
export async function askedSeconds(endpoint: string, sql: string): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(endpoint, { method: 'POST', body: sql });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the warehouse answers ${answer.status} with: ${text.slice(0, 200)}`);
  return (performance.now() - begun) / 1000;
}
