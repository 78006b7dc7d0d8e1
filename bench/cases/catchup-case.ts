import { allApplied, isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { churn, makeMixed, MIXED } from '../load/mixed-load.ts';
import { type Delay, makeProbe } from '../load/probe.ts';
import { steadyLoad } from '../load/steady-load.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { changeOne, makeOne, ONE } from '../start-up.ts';
import { median, ratioFigures, startFigures } from '../summary.ts';
import { until } from '../until.ts';
import { BARE, BareReaders } from '../waiting-wal.ts';
import { makeLive, type Place, Workplace } from '../workplace.ts';

const RATE = 1000;
const HOUR = 3600;
const QUICK_SHARE = 1 / 12;
const ROWS = 200_000;
const TABLES = 3;
/** A change is caught up with when it is this fresh, in seconds. */
const FRESH = 2;
const GIVE_UP_SECONDS = 1800;

/**
 * An hour of changes at once, while traffic goes on: how soon all of them are in the warehouse,
 * against a bare paced reader of the same WAL. `--quick`: five minutes of changes.
 */
export async function benchCatchup(settings: Settings): Promise<Outcome> {
  const changes = settings.rows ?? RATE * HOUR * (settings.quick ? QUICK_SHARE : 1);
  const seconds = settings.seconds ?? (settings.quick ? 10 : 60);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeMixed(client, MIXED, ROWS);
  await makeTable(client, 'bench', NARROW, ROWS);
  await makeProbe(client);
  await makeOne(source);
  const tables = 'public.mixed,public.bench,public.probe';
  const places = Array.from({ length: settings.runs }, (_, round) => work.place(`${round}`, source.url, { tables }));
  for (const place of places) await makeLive(place, TABLES);
  const behind = await churn(client, MIXED, ROWS, changes);
  const startPlace = work.place('start', source.url, { tables: `public.${ONE}` });
  await makeLive(startPlace, 1);
  const [readers, starts] = [new BareReaders(source), new BareReaders(source)];
  const rounds: Round[] = [];
  const startUp: Run[] = [];
  for (const place of places) {
    const startEnd = await changeOne(source);
    await starts.read(startPlace.lake, startEnd);
    startUp.push(await startOnce(source, startPlace, startEnd));
    const end = await currentLsn(client);
    await readers.read(place.lake, end);
    rounds.push(await catchUp(source, place, { end, seconds }));
    await requireWarehouse(place, 'mixed', await readContent(client, 'mixed', MIXED.shape), MIXED.shape);
    await requireWarehouse(place, 'bench', await readContent(client, 'bench'));
  }
  const ours = { name: 'tailrace run, catching up', runs: rounds.map(({ run }) => run), startUp, amount: behind };
  const contenders = [ours, ...readers.contenders(ours, starts)];
  return {
    settings: { changes: behind, rate: RATE, seconds, runs: settings.runs },
    postgres: source.version,
    unit: 'changes',
    contenders,
    figures: [
      ...ratioFigures(contenders, { [BARE]: BOUNDS.catchupToBare }),
      {
        name: `seconds until a change is queryable within ${FRESH} s again`,
        value: median(rounds.map(freshAgain)),
        unit: 's',
        bound: null,
      },
      ...startFigures(contenders),
    ],
    proof: `count and hash of both tables in the warehouse equal the source's, in each of ${settings.runs} runs`,
    plots: [
      {
        title: 'commit to queryable, from going live on',
        x: 'seconds since the pipeline was live',
        y: 'seconds',
        lines: rounds.map(({ delays }, round) => ({
          name: `round ${round + 1}`,
          points: delays.map((delay) => [delay.at, delay.seconds] as const),
        })),
      },
    ],
    notes: [
      ...(settings.quick ? ['With --quick it is five minutes of changes, not an hour.'] : []),
      'Changes of the traffic that are caught up with too are not counted.',
      ...readers.notes(),
    ],
  };
}

interface Round {
  readonly run: Run;
  readonly delays: readonly Delay[];
}

/** From the start of `run` until everything below `end` is in the warehouse; traffic goes on. */
async function catchUp(source: Source, place: Place, { end, seconds }: { end: string; seconds: number }): Promise<Round> {
  const begun = performance.now();
  await using pipeline = await LivePipeline.start(place, source);
  let wall = 0;
  const isOver = (): boolean => {
    const passed = (performance.now() - begun) / 1000;
    if (passed > GIVE_UP_SECONDS) throw new Error(`the warehouse did not catch up within ${GIVE_UP_SECONDS} s`);
    if (wall === 0 && isApplied(place.lake, TABLES, end)) wall = passed;
    return wall > 0;
  };
  const { contender, delays } = await steadyLoad({ source, pipeline }, { rate: RATE, seconds, tables: ['bench'], isOver });
  await allApplied(source, place.lake, TABLES);
  return { run: { wall, processes: contender.runs[0]?.processes ?? [] }, delays };
}

/** The same with one row waiting and no traffic. */
async function startOnce(source: Source, place: Place, end: string): Promise<Run> {
  const begun = performance.now();
  await using _ = await LivePipeline.start(place, source);
  await until(() => isApplied(place.lake, 1, end));
  return { wall: (performance.now() - begun) / 1000, processes: [] };
}

function freshAgain({ delays }: Round): number {
  const fresh = delays.find((delay) => delay.seconds <= FRESH);
  return fresh === undefined ? Number.NaN : fresh.at + fresh.seconds;
}
