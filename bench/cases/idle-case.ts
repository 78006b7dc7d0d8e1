import { setTimeout as sleep } from 'node:timers/promises';
import { openDoor } from '../../test/support/servers/http-door.ts';
import { startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { BENCH_TABLE, benchRows, readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Contender, Figure, Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource, type Source } from '../source.ts';
import { coresUsed, isOurs } from '../summary.ts';
import { type Place, Workplace } from '../workplace.ts';

const ROWS = 10_000;
/**
 * What is done once after going live is over then, and with a lake on S3 all roles have noticed
 * that nothing happens.
 */
const SETTLE_MS = { directory: 15_000, s3: 150_000, quickS3: 100_000 };
const HOUR = 3600;

/**
 * Nothing to do: CPU and memory of all roles, and requests to the store, with the lake in a
 * directory and on S3.
 */
export async function benchIdle(settings: Settings): Promise<Outcome> {
  const seconds = settings.seconds ?? (settings.quick ? 60 : 120);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await client.query(BENCH_TABLE);
  await client.query(benchRows(1, ROWS));
  const tables = 'public.bench';
  const directory = await idle(source, work.place('directory', source.url, { tables }), { seconds, settleMs: SETTLE_MS.directory });
  const s3 = await idleOnS3(source, work, { tables, seconds, settleMs: settings.quick ? SETTLE_MS.quickS3 : SETTLE_MS.s3 });
  const contenders = [directory, ...(s3?.contenders ?? [])];
  return {
    settings: { seconds, tables: 1 },
    postgres: source.version,
    unit: 'changes',
    contenders,
    figures: [cpuPercent('directory', directory), memory('directory', directory), ...(s3?.figures ?? [])],
    proof: `count and hash of all ${ROWS} rows in the warehouse equal the source's`,
    plots: [],
    notes: s3 === null ? [`Requests to S3 were not counted: ${VERSITYGW_MISSING}`] : [],
  };
}

async function idle(
  source: Source,
  place: Place,
  { seconds, settleMs, begin = () => undefined }: { seconds: number; settleMs: number; begin?: () => void },
): Promise<Contender> {
  await using pipeline = await LivePipeline.start(place, source);
  await sleep(settleMs);
  begin();
  const { wall, processes } = await pipeline.measured(() => sleep(seconds * 1000));
  await requireWarehouse(place, 'bench', await readContent(source.client, 'bench'));
  return { name: 'tailrace run', runs: [{ wall, processes }], amount: 0 };
}

async function idleOnS3(
  source: Source,
  work: Workplace,
  { tables, seconds, settleMs }: { tables: string; seconds: number; settleMs: number },
): Promise<{ contenders: Contender[]; figures: Figure[] } | null> {
  await using server = await startS3Server();
  if (server === null) return null;
  await using proxy = await openDoor(server.endpoint);
  const env = { ...server.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint, TAILRACE_S3_PATH_STYLE: 'true' };
  const place = work.place('s3', source.url, { tables, lake: `s3://${server.bucket}/idle`, env });
  let before = new Map<string, number>();
  const run = await idle(source, place, { seconds, settleMs, begin: () => (before = new Map(proxy.counts())) });
  const perHour = [...proxy.counts()].map(([method, count]) => ({ method, count: ((count - (before.get(method) ?? 0)) / seconds) * HOUR }));
  const total = perHour.reduce((sum, { count }) => sum + count, 0);
  return {
    contenders: [{ ...run, name: 'tailrace run, lake on S3' }],
    figures: [
      cpuPercent('S3', run),
      memory('S3', run),
      { name: 'requests to S3', value: total, unit: 'per hour', bound: BOUNDS.idleRequestsPerHour },
      ...perHour.map(({ method, count }): Figure => ({ name: `requests to S3, ${method}`, value: count, unit: 'per hour', bound: null })),
    ],
  };
}

function cpuPercent(lake: string, { runs }: Contender): Figure {
  return {
    name: `CPU of all roles, lake: ${lake}`,
    value: coresUsed(runs[0]) * 100,
    unit: '% of a core',
    bound: BOUNDS.idleCpuPercent,
  };
}

function memory(lake: string, { runs }: Contender): Figure {
  const peaks = (runs[0]?.processes ?? []).filter(({ process }) => isOurs(process)).map(({ peakMiB }) => peakMiB);
  return { name: `peak memory of all roles, lake: ${lake}`, value: peaks.reduce((sum, peak) => sum + peak, 0), unit: 'MiB', bound: null };
}
