import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { ageLake } from '../../test/support/pages/aged-lake.ts';
import { type HttpDoor, openDoor } from '../../test/support/servers/http-door.ts';
import { type S3Server, startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { Program } from '../program.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Figure, Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { openSource, type Source } from '../source.ts';
import { median } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { until } from '../until.ts';
import { type Place, Workplace } from '../workplace.ts';

/** A year of one manifest a second, to a page and a half hour. */
const MANIFESTS = 31_501_500;
const QUICK_MANIFESTS = 1_001_500;
const DELAY_MS = 20;
const ROWS = 1000;
/** One WAL byte for each manifest, and some for what the server writes by itself. */
const WAL_MB = (manifests: number): number => Math.ceil(manifests / 1e6) + 4;

/** What starts took, of a lake of one age. */
interface Starts {
  /** Until one row that had changed before was queryable. */
  readonly seconds: readonly number[];
  /** Requests until then. */
  readonly requests: readonly number[];
}

/**
 * A lake on S3 that a year of manifests has gone into, with 20 ms for each request: how soon after
 * a start a change is queryable, against a lake that is new.
 */
export async function benchYear(settings: Settings): Promise<Outcome> {
  const manifests = settings.rows ?? (settings.quick ? QUICK_MANIFESTS : MANIFESTS);
  await using source = await openSource(null);
  using work = new Workplace();
  await makeTable(source.client, 'bench', NARROW, ROWS);
  await using server = await startS3Server();
  if (server === null) throw new Error(VERSITYGW_MISSING);
  await using door = await openDoor(server.endpoint);
  const [young, old] = ['young', 'old'].map((name) => placeOn(work, source, { server, door, name }));
  if (young === undefined || old === undefined) throw new Error('no places');
  const made = await makeYear(source, old, { server, manifests });
  const starts: Starts[] = [];
  for (const place of [old, young]) starts.push(await startTimes(source, place, { door, runs: settings.runs }));
  const [aged, fresh] = starts;
  return {
    settings: { manifests, 'ms for each request': DELAY_MS, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders: [],
    figures: [
      ...startFigures('a lake of that many manifests', aged, true),
      ...startFigures('a new lake', fresh, false),
      { name: 'making the lake', value: made, unit: 's', bound: null },
    ],
    proof: `each start continued the chain of the lake, and the warehouse then had count and hash of all ${ROWS} rows of the source`,
    plots: [],
    notes: [
      'The manifests are empty and were made by the classes of the product, each with the hash of the one before. A start is that of `run`, with a warehouse that has everything but one change.',
      ...(settings.quick ? ['With --quick the lake has a thirtieth of a year.'] : []),
    ],
  };
}

function startFigures(what: string, starts: Starts | undefined, bounded: boolean): Figure[] {
  const { seconds = [], requests = [] } = starts ?? {};
  return [
    { name: `start to the first change queryable, ${what}`, value: median(seconds), unit: 's', bound: bounded ? BOUNDS.yearStart : null },
    { name: `requests of all roles until then, ${what}`, value: median(requests), unit: '', bound: null },
  ];
}

function placeOn(work: Workplace, source: Source, { server, door, name }: { server: S3Server; door: HttpDoor; name: string }): Place {
  const env = { ...server.environment, AWS_ENDPOINT_URL_S3: door.endpoint, TAILRACE_S3_PATH_STYLE: 'true' };
  return work.place(name, source.url, { tables: 'public.bench', lake: `s3://${server.bucket}/${name}`, env, processesBySize: true });
}

/** Returns the seconds that it took. */
async function makeYear(source: Source, place: Place, { server, manifests }: { server: S3Server; manifests: number }): Promise<number> {
  const begun = performance.now();
  Object.assign(process.env, server.environment);
  const store: ObjectStore = await openStore(place.lake, { s3PathStyle: true });
  const log = new ManifestLog(store, silentLogger());
  await timedRun([place.command('replicate')], null, async () => (await log.last()) !== null);
  await source.client.query("select pg_logical_emit_message(false, 'tailrace-bench', repeat('x', 1000000)) from generate_series(1, $1)", [
    WAL_MB(manifests),
  ]);
  await ageLake(store, log, manifests);
  await store.close();
  return (performance.now() - begun) / 1000;
}

async function startTimes(source: Source, place: Place, { door, runs }: { door: HttpDoor; runs: number }): Promise<Starts> {
  // A new warehouse reads every page, which is not what is timed.
  door.delay(0);
  await (await LivePipeline.start(place, source))[Symbol.asyncDispose]();
  door.delay(DELAY_MS);
  const [seconds, requests]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const { client } = source;
    await client.query('update bench set k = k + 1 where id = 1');
    const truth = await readContent(client, 'bench');
    const { rows } = await client.query<{ k: number }>('select k from bench where id = 1');
    const before = requestsOf(door);
    const begun = performance.now();
    await using program = new Program(place.command('run'));
    await until(async () => {
      if (program.over) throw program.failure();
      return (await shown(program)) === String(rows[0]?.k);
    });
    seconds.push((performance.now() - begun) / 1000);
    requests.push(requestsOf(door) - before);
    await requireWarehouse(place, 'bench', truth);
  }
  return { seconds, requests };
}

function requestsOf(door: HttpDoor): number {
  return [...door.counts().values()].reduce((sum, count) => sum + count, 0);
}

async function shown(program: Program): Promise<string | null> {
  const endpoint = program.events('ready').at(-1)?.['sql'];
  if (typeof endpoint !== 'string') return null;
  const answer = await fetch(endpoint, { method: 'POST', body: 'SELECT k FROM public.bench WHERE id = 1 FORMAT TabSeparated' });
  const text = await answer.text();
  return answer.ok ? text.trim() : null;
}
