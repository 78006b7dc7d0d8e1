import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { makeProbe } from '../load/probe.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Bound, Figure, Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { addRows, makeTable } from '../shapes/shape.ts';
import { openSource } from '../source.ts';
import { type Steady, steadyLoad } from '../load/steady-load.ts';
import { coresUsed, quantile } from '../summary.ts';
import { Workplace } from '../workplace.ts';

const ROWS = 200_000;
const BOUND_RATE = 20_000;

/** Fixed rates of changes: how long after its commit a change can be queried, deduplicated. */
export async function benchFreshness(settings: Settings): Promise<Outcome> {
  const rates = settings.rates ?? (settings.quick ? [BOUND_RATE] : [1000, 5000, BOUND_RATE]);
  const seconds = settings.seconds ?? (settings.quick ? 20 : 60);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeTable(client, 'bench', NARROW);
  await makeProbe(client);
  const steady: Steady[] = [];
  const proven: string[] = [];
  for (const rate of rates) {
    await client.query('truncate bench');
    await addRows(client, 'bench', NARROW, { from: 1, to: ROWS });
    const place = work.place(String(rate), source.url, { tables: 'public.bench,public.probe' });
    await using pipeline = await LivePipeline.start(place, source);
    steady.push(await steadyLoad({ source, pipeline }, { rate, seconds, tables: ['bench'] }));
    await allApplied(source, place.lake, 2);
    const truth = await readContent(client, 'bench');
    await requireWarehouse(place, 'bench', truth);
    proven.push(truth.rows);
  }
  return {
    settings: { rows: ROWS, seconds },
    postgres: source.version,
    unit: 'changes',
    contenders: steady.map(({ contender }) => contender),
    figures: steady.flatMap(freshnessFigures),
    proof: `count and hash of all ${proven.join(', ')} rows in the warehouse equal the source's; the probe's row was seen once in every answer`,
    plots: [
      {
        title: 'commit to queryable',
        x: 'seconds since the load began',
        y: 'seconds',
        lines: steady.map(({ contender, delays }) => ({
          name: contender.name,
          points: delays.map((delay) => [delay.at, delay.seconds] as const),
        })),
      },
    ],
    notes: [],
  };
}

/**
 * p50, p95, p99 and the maximum of what the probe saw, the rate that was reached and what it cost.
 */
function freshnessFigures({ rate, delays, contender }: Steady): Figure[] {
  const seconds = delays.map((delay) => delay.seconds);
  const name = (what: string): string => `${what} at ${rate.toLocaleString('en-US')} changes/s`;
  const late = (what: string, q: number, bound: Bound | null): Figure => ({
    name: name(`commit to queryable, ${what},`),
    value: quantile(seconds, q),
    unit: 's',
    bound: rate === BOUND_RATE ? bound : null,
  });
  return [
    late('p50', 0.5, BOUNDS.freshnessP50),
    late('p95', 0.95, null),
    late('p99', 0.99, BOUNDS.freshnessP99),
    late('max', 1, null),
    { name: name('cores used by our processes'), value: coresUsed(contender.runs[0]), unit: 'cores', bound: null },
  ];
}
