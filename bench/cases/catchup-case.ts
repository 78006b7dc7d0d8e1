import { allApplied } from '../applied.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { churn, makeMixed } from '../mixed-load.ts';
import { makeProbe } from '../probe.ts';
import { BENCH_TABLE, benchRows, readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource } from '../source.ts';
import { steadyLoad } from '../steady-load.ts';
import { makeLive, Workplace } from '../workplace.ts';

const RATE = 1000;
const HOUR = 3600;
const ROWS = 200_000;
/** A change is caught up with when it is this fresh, in seconds. */
const FRESH = 2;

/** An hour of changes at once, while traffic goes on: how soon the warehouse is fresh again. */
export async function benchCatchup(settings: Settings): Promise<Outcome> {
  const changes = settings.rows ?? RATE * (settings.quick ? HOUR / 6 : HOUR);
  const seconds = settings.seconds ?? (settings.quick ? 40 : 120);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeMixed(client, ROWS);
  await client.query(BENCH_TABLE);
  await client.query(benchRows(1, ROWS));
  await makeProbe(client);
  const place = work.place('catchup', source.url, { tables: 'public.*' });
  await makeLive(place, 3);
  const behind = await churn(client, ROWS, changes);
  await using pipeline = await LivePipeline.start(place, source);
  const { contender, delays } = await steadyLoad({ source, pipeline }, { rate: RATE, seconds, tables: ['bench'], rows: ROWS });
  const fresh = delays.find((delay) => delay.seconds <= FRESH);
  const caughtUp = fresh === undefined ? Number.NaN : fresh.at + fresh.seconds;
  await allApplied(source, place.lake, 3);
  await requireWarehouse(place, 'mixed', await readContent(client, 'mixed', true), true);
  await requireWarehouse(place, 'bench', await readContent(client, 'bench'));
  return {
    settings: { changes: behind, rate: RATE, seconds },
    postgres: source.version,
    unit: 'changes',
    contenders: [{ ...contender, name: 'tailrace run, catching up', amount: contender.amount + behind }],
    figures: [
      { name: `seconds until a change is queryable within ${FRESH} s again`, value: caughtUp, unit: 's', bound: null },
      { name: 'changes caught up with', value: behind / caughtUp, unit: '/s', bound: null },
    ],
    proof: `count and hash of both tables in the warehouse equal the source's`,
    plots: [
      {
        title: 'commit to queryable, from the start on',
        x: 'seconds since the start',
        y: 'seconds',
        lines: [{ name: 'delay', points: delays.map((delay) => [delay.at, delay.seconds] as const) }],
      },
    ],
    notes: fresh === undefined ? [`It did not catch up within ${seconds} s.`] : [],
  };
}
