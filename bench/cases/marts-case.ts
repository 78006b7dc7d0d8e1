import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { LoadProcess } from '../load/load-process.ts';
import { makeShop, MARTS, touchOrders, writeMarts } from '../load/marts-source.ts';
import { type Delay, probe } from '../load/probe.ts';
import { Program } from '../program.ts';
import { type Content, requireSame } from '../proof.ts';
import { queryWarehouse } from '../query-warehouse.ts';
import { withStatementMemory } from '../query-memory.ts';
import type { Contender, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource, type Source } from '../source.ts';
import { coresUsed, median, quantile } from '../summary.ts';
import { until } from '../until.ts';
import { type Place, Workplace } from '../workplace.ts';

const ROWS = 1_000_000;
const QUICK_ROWS = 300_000;
const RATE = 2000;
/** Traffic before the first figure. */
const WARM_UP_SECONDS = 5;
const TABLES = ['orders', 'order_items', 'payments'];
const FACT = MARTS[0];

/** An order that nothing else changes, as it is in the source and in the mart. */
const ORDER = {
  update: 'update orders set total = total + 1 where id = 1',
  now: 'select floor(total)::bigint as n from orders where id = 1',
  shown: `SELECT toInt64(floor(total)) FROM ${FACT} WHERE order_id = 1`,
};

/**
 * Marts of a million orders: what a build costs when one order in a thousand was touched, against
 * the whole build of the same content; then how late the marts are under steady traffic.
 */
export async function benchMarts(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? QUICK_ROWS : ROWS);
  const rate = settings.rates?.[0] ?? RATE;
  const seconds = settings.seconds ?? (settings.quick ? 15 : 60);
  await using source = await openSource(null);
  using work = new Workplace();
  await makeShop(source.client, rows);
  const models = writeMarts(work.folder);
  const tables = TABLES.map((name) => `public.${name}`).join(',');
  const place = work.place('marts', source.url, { tables });
  const builds = await costOfBuilds(source, place, { models, rows, rounds: settings.runs });
  // The same lake and warehouse, now with the role that keeps marts fresh.
  const served = work.place('marts', source.url, { tables, env: { TAILRACE_MODELS: models } });
  const steady = await lateness(source, served, { rate, seconds, rows: rows + 1 });
  const late = steady.delays.map((delay) => delay.seconds);
  const ratio = (pick: (cost: Cost) => number): number =>
    median(builds.touched.map((cost, round) => pick(cost) / pick(builds.whole[round] ?? cost)));
  return {
    settings: { rows, rate, seconds, runs: settings.runs },
    postgres: source.version,
    unit: 'changes',
    contenders: [steady.contender],
    figures: [
      { name: 'commit to mart, p50', value: quantile(late, 0.5), unit: 's', bound: BOUNDS.martsP50 },
      { name: 'commit to mart, p99', value: quantile(late, 0.99), unit: 's', bound: BOUNDS.martsP99 },
      { name: 'commit to mart, max', value: quantile(late, 1), unit: 's', bound: null },
      { name: 'cores used by our processes', value: coresUsed(steady.contender.runs[0]), unit: 'cores', bound: null },
      { name: 'one order in a thousand touched, build', value: median(builds.touched.map(({ ms }) => ms)) / 1000, unit: 's', bound: null },
      { name: 'whole build', value: median(builds.whole.map(({ ms }) => ms)) / 1000, unit: 's', bound: null },
      { name: 'touched ÷ whole', value: ratio(({ ms }) => ms), unit: '× the time', bound: BOUNDS.martsTouched },
      { name: 'touched, largest statement', value: median(builds.touched.map(({ peakMiB }) => peakMiB)), unit: 'MiB', bound: null },
      { name: 'whole, largest statement', value: median(builds.whole.map(({ peakMiB }) => peakMiB)), unit: 'MiB', bound: null },
      { name: 'touched ÷ whole, memory', value: ratio(({ peakMiB }) => peakMiB), unit: '×', bound: BOUNDS.martsMemory },
    ],
    proof: `after each of ${settings.runs} rounds count and hash of all rows of the mart equal those of its whole build; after the load "transform --compare" found every mart equal to its whole build`,
    plots: [
      {
        title: 'commit to mart',
        x: 'seconds since the load began',
        y: 'seconds',
        lines: [
          { name: `${rate.toLocaleString('en-US')} changes/s`, points: steady.delays.map((delay) => [delay.at, delay.seconds] as const) },
        ],
      },
    ],
    notes: ['Builds of touched orders and whole builds alternate, on the same content. A time is that of the model, with its tests.'],
  };
}

/** What one build of the order fact took. */
interface Cost {
  readonly ms: number;
  readonly peakMiB: number;
}

async function costOfBuilds(
  source: Source,
  place: Place,
  { models, rows, rounds }: { models: string; rows: number; rounds: number },
): Promise<{ touched: Cost[]; whole: Cost[] }> {
  await using pipeline = await LivePipeline.start(place, source);
  const build = async (mode: string, ...flags: string[]): Promise<Cost & { content: Content }> => {
    const { result, peakMiB } = await withStatementMemory(pipeline.endpoint, () => transform(place, models, FACT, ...flags));
    const built = result.find(({ model }) => model === FACT);
    if (built?.mode !== mode) throw new Error(`${FACT} was built in mode ${built?.mode}, not ${mode}`);
    return {
      ms: built.durationMs,
      peakMiB,
      content: await queryWarehouse<Content>(place, `SELECT toString(count()) AS rows, toString(sum(cityHash64(*))) AS hash FROM ${FACT}`),
    };
  };
  await build('full', '--once');
  const [touched, whole]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    await touchOrders(source.client, { rows, count: Math.floor(rows / 1000), round });
    await allApplied(source, place.lake, TABLES.length);
    const part = await build('incremental', '--once');
    const all = await build('full', '--full');
    requireSame(FACT, part.content, all.content);
    touched.push(part);
    whole.push(all);
  }
  return { touched, whole };
}

async function lateness(
  source: Source,
  place: Place,
  { rate, seconds, rows }: { rate: number; seconds: number; rows: number },
): Promise<{ delays: readonly Delay[]; contender: Contender }> {
  await using pipeline = await LivePipeline.start(place, source);
  await until(async () => (await fetch(pipeline.endpoint, { method: 'POST', body: ORDER.shown })).ok);
  const { result, wall, processes } = await pipeline.measured(async () => {
    await using load = await LoadProcess.start('marts-load.ts', source.url, String(rate), String(rows));
    // The first run of a new process catches up with what came before it.
    await probe(source.client, { endpoint: pipeline.endpoint, seconds: WARM_UP_SECONDS }, ORDER);
    const delays = await probe(source.client, { endpoint: pipeline.endpoint, seconds }, ORDER);
    return { delays, changes: (await load.stop()).changes };
  });
  await allApplied(source, place.lake, TABLES.length);
  await transform(place, null, '--compare');
  const run: Run = { wall, processes };
  return { delays: result.delays, contender: { name: `${rate.toLocaleString('en-US')} changes/s`, runs: [run], amount: result.changes } };
}

/** `tailrace transform` to its end, which must be 0; `models` null: where its environment says. */
async function transform(
  place: Place,
  models: string | null,
  ...words: string[]
): Promise<readonly { model: string; mode: string; durationMs: number }[]> {
  const where = models === null ? [] : ['--models', models];
  await using program = new Program(place.command('transform', ...where, '--json', ...words));
  await program.end();
  return (JSON.parse(program.stdout) as { models: { model: string; mode: string; durationMs: number }[] }).models;
}
