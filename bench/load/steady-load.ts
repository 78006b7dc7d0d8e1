import type { LivePipeline } from '../live-pipeline.ts';
import type { Contender } from '../result.ts';
import type { Source } from '../source.ts';
import { LoadProcess } from './load-process.ts';
import { type Delay, probe } from './probe.ts';

/** The observations under a load of a fixed number of changes per second. */
export interface Steady {
  readonly rate: number;
  readonly delays: readonly Delay[];
  readonly contender: Contender;
}

/** What is changed how fast and how long. */
interface Load {
  readonly rate: number;
  readonly seconds: number;
  readonly tables: readonly string[];
  /** After the seconds the load goes on until this says yes. Default: it does. */
  readonly isOver?: () => boolean;
}

/** Changes tables at a rate, and probes how far the warehouse is behind during that time. */
export async function steadyLoad(
  { source, pipeline }: { source: Source; pipeline: LivePipeline },
  { rate, seconds, tables, isOver }: Load,
): Promise<Steady> {
  const { result, wall, processes } = await pipeline.measured(async () => {
    await using load = await LoadProcess.start('flow-load.ts', source.url, String(rate), tables.join(','));
    const delays = await probe(source.client, { endpoint: pipeline.endpoint, seconds, isOver });
    return { delays, changes: (await load.stop()).changes };
  });
  const { delays, changes } = result;
  return { rate, delays, contender: { name: `${rate.toLocaleString('en-US')} changes/s`, runs: [{ wall, processes }], amount: changes } };
}
