import type { LivePipeline } from './live-pipeline.ts';
import { type Delay, probe } from './probe.ts';
import { Program, script } from './program.ts';
import type { Contender } from './result.ts';
import type { Source } from './source.ts';

/** The observations under a load of a fixed number of changes per second. */
export interface Steady {
  readonly rate: number;
  readonly delays: readonly Delay[];
  readonly contender: Contender;
}

/**
 * Changes tables of `rows` rows each (ids from 1) at a rate for some seconds, and probes how far
 * the warehouse is behind during that time.
 */
export async function steadyLoad(
  on: { source: Source; pipeline: LivePipeline },
  load: { rate: number; seconds: number; tables: readonly string[]; rows: number },
): Promise<Steady> {
  const { source, pipeline } = on;
  const { rate, seconds, tables, rows } = load;
  const { result, wall, processes } = await pipeline.measured(async () => {
    await using program = new Program(script('load', 'flow-load.ts', source.url, String(rate), tables.join(','), String(rows)));
    const delays = await probe(source.client, { endpoint: pipeline.endpoint, seconds });
    await program[Symbol.asyncDispose]();
    await program.end();
    return { delays, changes: (JSON.parse(program.stdout) as { changes: number }).changes };
  });
  const { delays, changes } = result;
  return { rate, delays, contender: { name: `${rate.toLocaleString('en-US')} changes/s`, runs: [{ wall, processes }], amount: changes } };
}
