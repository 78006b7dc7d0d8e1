import { allApplied, isApplied } from '../applied.ts';
import { type BaseCost, makeBase, peakOf } from '../base-command.ts';
import { BOUNDS } from '../bounds.ts';
import { isDurable, manifestCount } from '../lake-files.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { churn, makeChurn, type MixedTable } from '../load/mixed-load.ts';
import { type Delay, makeProbe, probe } from '../load/probe.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { addRows, makeTable } from '../shapes/shape.ts';
import { openSource, sealedLsn, type Source } from '../source.ts';
import { cpu, isOurs, quantile } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { type Place, Workplace } from '../workplace.ts';

const ROWS = 10_000_000;
const QUICK_ROWS = 1_000_000;
/** Rows that are added between two bases. */
const ADDED_SHARE = 0.01;
/** Changes of an hour at 1,000 a second, for the full size; fewer for a smaller table. */
const HOUR_SHARE = 0.36;
/** The table whose base is written while others are looked at has this share of the rows. */
const SIDE_SHARE = 0.2;
const CALM_SECONDS = 20;
/** Nobody listens there. */
const NOWHERE = 'postgres://nobody@127.0.0.1:1/nowhere';

const BENCH: MixedTable = { name: 'bench', shape: NARROW, document: 'note = md5(next::text)' };
const NAMES = ['bench', 'side', 'probe'];
const TABLES = NAMES.map((name) => `public.${name}`).join(',');

/**
 * What a base costs, what the next one costs when rows were only added, and what it costs other
 * tables. Then what it is worth: a rebuild from it and an hour of batches, against a new copy.
 */
export async function benchBase(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? QUICK_ROWS : ROWS);
  const side = Math.ceil(rows * SIDE_SHARE);
  const calm = settings.seconds ?? CALM_SECONDS;
  const changes = Math.ceil(rows * HOUR_SHARE);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeTable(client, 'bench', NARROW, rows);
  await makeTable(client, 'side', NARROW, side);
  await makeProbe(client);
  await client.query('vacuum (analyze, freeze)');
  const place = work.place('first', source.url, { tables: TABLES });
  await goLive(place);
  const bases = await makeBases(source, place, { rows, calm });
  const hour = await playHour(source, place, { rows: rows + Math.ceil(rows * ADDED_SHARE), changes });
  const rebuilt = work.place('rebuilt', NOWHERE, { tables: TABLES, lake: place.lake });
  const rebuild = await timedRun([rebuilt.command('compact')], null, () => isApplied(place.lake, NAMES.length, hour.end));
  const copied = work.place('copied', source.url, { tables: TABLES });
  const copy = await timedRun(roles(copied), source.pid, () => isApplied(copied.lake, NAMES.length, hour.end));
  for (const name of ['bench', 'side']) {
    const truth = await readContent(client, name);
    await requireWarehouse(rebuilt, name, truth);
    await requireWarehouse(copied, name, truth);
  }
  const { first, second, apart, along } = bases;
  return {
    settings: { rows, 'rows of the table beside it': side, changes: hour.changes, batches: hour.batches, chunks: first.content.chunks },
    postgres: source.version,
    unit: 'rows',
    contenders: [
      { name: 'base, written and read back', runs: [first.whole], amount: rows },
      { name: 'base, proven', runs: [first.proven], amount: rows },
      { name: 'rebuild from a base', runs: [rebuild], amount: rows },
      { name: 'new copy from the source', runs: [copy], amount: rows, limitOf: 'rebuild from a base' },
    ],
    figures: [
      ...costFigures(first, rows),
      {
        name: `second base ÷ first, ${ADDED_SHARE * 100} % more rows`,
        value: second.content.ownBytes / first.content.bytes,
        unit: '× the bytes',
        bound: BOUNDS.baseSecondBytes,
      },
      { name: 'second base, written and read back', value: second.whole.wall, unit: 's', bound: null },
      { name: 'rebuild from base and batches', value: rebuild.wall, unit: 's', bound: null },
      { name: 'new copy from the source', value: copy.wall, unit: 's', bound: null },
      { name: 'rebuild ÷ new copy, CPU of all processes', value: allCpu(rebuild) / allCpu(copy), unit: '×', bound: null },
      { name: 'rebuild ÷ new copy', value: rebuild.wall / copy.wall, unit: '× the time', bound: BOUNDS.baseRebuild },
      ...lateFigures(apart, along),
    ],
    proof:
      `each base was proven by a rebuild in the lake, and the first has all ${first.content.rows} rows; count and hash of both tables ` +
      "equal the source's after the rebuild, whose source was an address at which nobody listens, and after the new copy",
    plots: [
      {
        title: 'commit to queryable, another table',
        x: 'seconds',
        y: 'seconds',
        lines: [
          { name: 'without a base', points: pointsOf(apart) },
          { name: 'while a base is written and proven', points: pointsOf(along) },
        ],
      },
    ],
    notes: [
      ...(settings.quick ? ['With --quick the table has a tenth of the rows, and the hour a tenth of the changes.'] : []),
      `The table beside has ${side} rows; its base took ${bases.alongSeconds.toFixed(1)} s while one row of a third table changed 20 times a second.`,
    ],
  };
}

function roles(place: Place): ReturnType<Place['command']>[] {
  return ['replicate', 'snapshot', 'compact'].map((role) => place.command(role));
}

/** Copies all tables and stops, so that the memory of the copy counts for nothing that follows. */
async function goLive(place: Place): Promise<void> {
  await timedRun(roles(place), null, () => isApplied(place.lake, NAMES.length));
}

interface Bases {
  readonly first: BaseCost;
  readonly second: BaseCost;
  /** Of another table, without a base and while one was made. */
  readonly apart: readonly Delay[];
  readonly along: readonly Delay[];
  readonly alongSeconds: number;
}

async function makeBases(source: Source, place: Place, { rows, calm }: { rows: number; calm: number }): Promise<Bases> {
  const { client } = source;
  await using pipeline = await LivePipeline.start(place, source);
  const { endpoint } = pipeline;
  // A base needs a commit after the copy.
  await client.query('update probe set n = n + 1');
  await allApplied(source, place.lake, NAMES.length);
  const first = await makeBase(pipeline, place, 'bench');
  await addRows(client, 'bench', NARROW, { from: rows + 1, to: rows + Math.ceil(rows * ADDED_SHARE) });
  await allApplied(source, place.lake, NAMES.length);
  const second = await makeBase(pipeline, place, 'bench');
  // A base is due when half of the last one has come as batches, and its proof applies them again.
  await client.query('update side set k = k + 1 where id % 2 = 0');
  await allApplied(source, place.lake, NAMES.length);
  const apart = await probe(client, { endpoint, seconds: calm });
  let isOver = false;
  const begun = performance.now();
  const making = makeBase(pipeline, place, 'side').finally(() => (isOver = true));
  const [along] = await Promise.all([probe(client, { endpoint, seconds: 0, isOver: () => isOver }), making]);
  return { first, second, apart, along, alongSeconds: (performance.now() - begun) / 1000 };
}

/** Changes that were played, and where the WAL ended after them. */
interface Hour {
  readonly changes: number;
  readonly end: string;
}

/** Changes come faster than in an hour, and go into the lake in the batches of a busy source. */
async function playHour(source: Source, place: Place, of: { rows: number; changes: number }): Promise<Hour & { batches: number }> {
  const before = manifestCount(place.lake);
  await makeChurn(source.client, BENCH);
  let ended = false;
  let hour: Hour | null = null;
  const playing = play(source, of).finally(() => (ended = true));
  const noting = playing.then((played) => (hour = played));
  const isOver = (): boolean => ended && (hour === null || isDurable(place.lake, hour.end));
  const [played] = await Promise.all([noting, timedRun([place.command('replicate')], null, isOver)]);
  return { ...played, batches: manifestCount(place.lake) - before };
}

async function play({ client }: Source, { rows, changes }: { rows: number; changes: number }): Promise<Hour> {
  const changed = await churn(client, BENCH, rows, changes);
  return { changes: changed, end: await sealedLsn(client) };
}

function costFigures({ content, whole, proven, written, readBack }: BaseCost, rows: number): Figure[] {
  const runs: Run[] = [whole, proven];
  return [
    {
      name: 'base, written and read back, of 10,000,000 rows at this rate',
      value: (whole.wall / rows) * ROWS,
      unit: 's',
      bound: BOUNDS.baseSeconds,
    },
    { name: 'base, written', value: written, unit: 's', bound: null },
    { name: 'base, read back', value: readBack, unit: 's', bound: null },
    { name: 'base, proven', value: proven.wall, unit: 's', bound: null },
    { name: 'CPU seconds of a base, written and read back', value: cpu(whole, isOurs), unit: 's', bound: null },
    { name: 'CPU seconds of its proof', value: cpu(proven, isOurs), unit: 's', bound: null },
    { name: 'bytes of a base', value: content.bytes / 1e6, unit: 'MB', bound: null },
    { name: 'peak memory of the engine', value: peakOf('engine', runs), unit: 'MiB', bound: BOUNDS.baseEngineMiB },
    { name: 'peak memory of the compactor', value: peakOf('compact', runs), unit: 'MiB', bound: BOUNDS.baseCompactorMiB },
  ];
}

function lateFigures(apart: readonly Delay[], along: readonly Delay[]): Figure[] {
  return [
    { name: 'commit to queryable of another table, p99, without a base', value: late(apart, 0.99), unit: 's', bound: null },
    { name: 'the same while a base is made, p99', value: late(along, 0.99), unit: 's', bound: null },
    { name: 'the same, max', value: late(along, 1), unit: 's', bound: null },
    {
      name: 'p99 while a base is made ÷ without',
      value: late(along, 0.99) / late(apart, 0.99),
      unit: '×',
      bound: BOUNDS.baseFreshness,
    },
  ];
}

/** With that of the source. */
function allCpu(run: Run): number {
  return cpu(run, () => true);
}

function late(delays: readonly Delay[], q: number): number {
  return quantile(
    delays.map(({ seconds }) => seconds),
    q,
  );
}

function pointsOf(delays: readonly Delay[]): (readonly [number, number])[] {
  return delays.map(({ at, seconds }) => [at, seconds] as const);
}
