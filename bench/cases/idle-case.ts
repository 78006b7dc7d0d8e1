import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpDoor, openDoor } from '../../test/support/servers/http-door.ts';
import { startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';
import { BOUNDS } from '../bounds.ts';
import { commandCost, type Cost, startCost } from '../command-cost.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { type Content, readContent, requireSame, warehouseContent } from '../proof.ts';
import { queryWarehouse } from '../query-warehouse.ts';
import type { Bound, Contender, Figure, Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { shownFreshness } from '../shown-freshness.ts';
import { openSource, type Source } from '../source.ts';
import { coresUsed, median } from '../summary.ts';
import { type Place, Workplace } from '../workplace.ts';

const TABLES = 50;
const ROWS = 200;
/** After this the freshness is looked at: what is done once after going live is over then. */
const CALM_MS = 10_000;
/** Longer than the pause between two heartbeats of a lake. */
const FRESHNESS_SECONDS = 65;
/** With a lake on S3 it takes longer until all roles have noticed that nothing happens. */
const SETTLE_S3_MS = { full: 80_000, quick: 30_000 };
const HOUR = 3600;

interface Idle {
  readonly contender: Contender;
  readonly figures: Figure[];
}

/** How much is counted: requests to S3 by method, or names in a directory. */
type Counts = ReadonlyMap<string, number>;

/**
 * Nothing to do: CPU and memory of all roles, objects and requests to the store, and the freshness
 * that is shown; then what a start and short commands take. With the lake in a directory and on S3.
 */
export async function benchIdle(settings: Settings): Promise<Outcome> {
  const seconds = settings.seconds ?? (settings.quick ? 60 : 120);
  await using source = await openSource(null);
  using work = new Workplace();
  for (const name of tableNames()) {
    await makeTable(source.client, name, NARROW, ROWS);
  }
  const tables = 'public.*';
  const place = work.place('directory', source.url, { tables, processesBySize: true });
  const count = (): Counts => new Map([['new', readdirSync(place.lake, { recursive: true }).length]]);
  const directory = await idle(source, place, { lake: 'directory', seconds, settleMs: 0, count });
  const commands = await commandFigures(source, place);
  const s3 = await idleOnS3(source, work, { tables, seconds, settleMs: settings.quick ? SETTLE_S3_MS.quick : SETTLE_S3_MS.full });
  return {
    settings: { seconds, tables: TABLES },
    postgres: source.version,
    unit: 'changes',
    contenders: [directory.contender, ...(s3 === null ? [] : [s3.contender])],
    figures: [...directory.figures, ...commands, ...(s3?.figures ?? unmeasuredOnS3())],
    proof: `count and hash of all ${ROWS} rows of ${TABLES} tables in the warehouse equal the source's`,
    plots: [],
    notes: s3 === null ? [`Requests to S3 were not counted: ${VERSITYGW_MISSING}`] : [],
  };
}

function tableNames(): string[] {
  return Array.from({ length: TABLES }, (_, n) => `bench_${n}`);
}

interface IdleOptions {
  readonly lake: string;
  readonly seconds: number;
  readonly settleMs: number;
  readonly count: () => Counts;
}

async function idle(source: Source, place: Place, { lake, seconds, settleMs, count }: IdleOptions): Promise<Idle> {
  await using pipeline = await LivePipeline.start(place, source);
  await sleep(CALM_MS);
  const shown = await shownFreshness(pipeline.page, FRESHNESS_SECONDS);
  await sleep(settleMs);
  const before = count();
  const { wall, processes } = await pipeline.measured(() => sleep(seconds * 1000));
  const perHour = [...count()].map(([what, n]) => [what, ((n - (before.get(what) ?? 0)) / seconds) * HOUR] as const);
  const memory = pipeline.memory();
  await requireAll(source, place);
  const contender: Contender = { name: `tailrace run, lake: ${lake}`, runs: [{ wall, processes }], amount: 0 };
  const figure = (what: string, value: number, unit: string, bound: Bound | null): Figure => ({
    name: `${what}, lake: ${lake}`,
    value,
    unit,
    bound,
  });
  const total = perHour.reduce((sum, [, n]) => sum + n, 0);
  return {
    contender,
    figures: [
      figure('CPU of all roles', coresUsed(contender.runs[0]) * 100, '% of a core', BOUNDS.idleCpuPercent),
      figure('memory of all roles (PSS)', memory, 'MiB', BOUNDS.idleMiB),
      ...perHour
        .filter(([what]) => what === 'new' || what === 'PUT')
        .map(([, n]) => figure('objects', n, 'per hour', BOUNDS.idleObjectsPerHour)),
      ...(lake === 'S3' ? [figure('requests', total, 'per hour', BOUNDS.idleRequestsPerHour)] : []),
      ...perHour.filter(([what]) => what !== 'new').map(([what, n]) => figure(`requests, ${what}`, n, 'per hour', null)),
      figure('greatest freshness shown', Math.max(...shown), 's', BOUNDS.idleFreshness),
    ],
  };
}

/** What must be reached on S3 too, where no S3 server is here. */
function unmeasuredOnS3(): Figure[] {
  return [
    { name: 'CPU of all roles, lake: S3', value: Number.NaN, unit: '', bound: BOUNDS.idleCpuPercent },
    { name: 'objects, lake: S3', value: Number.NaN, unit: '', bound: BOUNDS.idleObjectsPerHour },
  ];
}

/** Throws WrongResult unless all tables together are in the warehouse as they are in the source. */
async function requireAll(source: Source, place: Place): Promise<void> {
  let [rows, hash] = [0n, 0n];
  for (const name of tableNames()) {
    const content = await readContent(source.client, name);
    rows += BigInt(content.rows);
    hash += BigInt(content.hash);
  }
  const parts = tableNames().map((name) => warehouseContent(`public.${name}`));
  const sums = 'toString(sum(toInt64(rows))) as rows, toString(sum(toInt64(hash))) as hash';
  const found = await queryWarehouse<Content>(place, `select ${sums} from (${parts.join(' union all ')})`);
  requireSame('the whole warehouse', found, { rows: String(rows), hash: String(hash) });
}

async function idleOnS3(
  source: Source,
  work: Workplace,
  { tables, seconds, settleMs }: { tables: string; seconds: number; settleMs: number },
): Promise<Idle | null> {
  await using server = await startS3Server();
  if (server === null) return null;
  await using door: HttpDoor = await openDoor(server.endpoint);
  const env = { ...server.environment, AWS_ENDPOINT_URL_S3: door.endpoint, TAILRACE_S3_PATH_STYLE: 'true' };
  const place = work.place('s3', source.url, { tables, lake: `s3://${server.bucket}/idle`, env, processesBySize: true });
  return await idle(source, place, { lake: 'S3', seconds, settleMs, count: () => door.counts() });
}

const START_RUNS = 3;
const COMMAND_RUNS = 5;

/** A start over the lake and warehouse that are there, and two commands while it runs. */
async function commandFigures(source: Source, place: Place): Promise<Figure[]> {
  const starts: Cost[] = [];
  for (let run = 0; run < START_RUNS; run += 1) starts.push(await startCost(place.command('run')));
  const start = { wall: median(starts.map(({ wall }) => wall)), cpu: median(starts.map(({ cpu }) => cpu)) };
  await using _pipeline = await LivePipeline.start(place, source);
  const status = await commandCost(place.command('status'), COMMAND_RUNS);
  const awaited = await commandCost(place.command('await', '--now'), COMMAND_RUNS);
  return [
    ...costFigures('start to ready', start, BOUNDS.startSeconds),
    ...costFigures('status', status, BOUNDS.commandSeconds),
    ...costFigures('await --now', awaited, BOUNDS.commandSeconds),
  ];
}

function costFigures(what: string, { wall, cpu }: Cost, bound: Bound): Figure[] {
  return [
    { name: what, value: wall, unit: 's', bound },
    { name: `${what}, CPU`, value: cpu, unit: 's', bound: null },
  ];
}
