import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { getPositions } from '../../lake/readers.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { type ClickhouseCluster, startCluster } from '../../test/support/cluster/clickhouse-cluster.ts';
import { type S3Server, startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { hasApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { churn, makeChurn, type MixedTable } from '../load/mixed-load.ts';
import { type Content, readContent, requireSame, warehouseContent } from '../proof.ts';
import type { Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { openSource, sealedLsn, type Source } from '../source.ts';
import { cpu, median, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { type Place, Workplace } from '../workplace.ts';

const SHARDS = [1, 2, 4] as const;
const ROWS = 4_000_000;
const QUICK_ROWS = 2_000_000;
/** Changes for each row of the copy. */
const CHANGES_SHARE = 0.25;

/** A lake that is ready to be read. */
interface Lake {
  readonly place: Place;
  readonly store: ObjectStore;
  readonly table: string;
  /** Where its changes end. */
  readonly end: string;
}

/** What a number of shards took. */
interface Spread {
  readonly shards: number;
  readonly runs: Run[];
  /** With one row. */
  readonly startUp: Run[];
}

/**
 * One lake, into clusters of one, two and four shards: what each shard takes of it. The shards are
 * chDB processes of one replica, so that nothing is measured of how ClickHouse replicates.
 */
export async function benchCluster(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? QUICK_ROWS : ROWS);
  await using source = await openSource(null);
  using work = new Workplace();
  await using server = await startS3Server();
  if (server === null) throw new Error(VERSITYGW_MISSING);
  Object.assign(process.env, server.environment);
  const start = await makeLake(source, placeOn(work, source, server, 'start'), { table: 'start', rows: 1, changes: 1 });
  const bench = await makeLake(source, placeOn(work, source, server, 'bench'), { table: 'bench', rows, changes: rows * CHANGES_SHARE });
  const truth = await readContent(source.client, 'bench');
  const spreads = SHARDS.map((shards): Spread => ({ shards, runs: [], startUp: [] }));
  for (let round = 0; round < settings.runs; round += 1)
    for (const { shards, runs, startUp } of spreads) {
      // A warehouse is known in the lake by the name of its cluster.
      await using cluster = await startCluster({ shards, replicas: 1, name: `spread_${shards}_${round}` });
      startUp.push(await applied(cluster, start));
      await cluster.empty();
      runs.push(await applied(cluster, bench));
      requireSame(`a cluster of ${shards} shards`, await contentOf(cluster), truth);
    }
  await Promise.all([start, bench].map(({ store }) => store.close()));
  const contenders = spreads.map(({ shards, runs, startUp }) => ({
    name: `compact, S = ${shards}`,
    runs,
    startUp,
    amount: rows * (1 + CHANGES_SHARE),
  }));
  return {
    settings: { rows, changes: rows * CHANGES_SHARE, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders,
    figures: [...figuresOf(spreads), ...startFigures(contenders)],
    proof: `count and hash over all shards equal the source's ${truth.rows} rows, in each of ${settings.runs} rounds`,
    plots: [],
    notes: [
      'All shards share the cores of this machine, so rows/s say nothing of a cluster. CPU does: a shard is a process, and its start with one row is taken off.',
      ...(settings.quick ? ['With --quick the table has half of the rows.'] : []),
    ],
  };
}

/** Its greatest shard decides, since all are waited for. */
function figuresOf(spreads: readonly Spread[]): Figure[] {
  const greatest = spreads.map(({ runs, startUp }) => netCpu(runs, startUp, greatestShard));
  const [one = Number.NaN] = greatest;
  return spreads.flatMap(({ shards, runs, startUp }, index) => [
    { name: `CPU seconds of the greatest shard, S = ${shards}`, value: greatest[index] ?? Number.NaN, unit: 's', bound: null },
    ...(shards === 1
      ? []
      : [
          {
            name: `a shard of ${shards} ÷ the only one`,
            value: (greatest[index] ?? Number.NaN) / one,
            unit: '× the CPU',
            bound: shards === 4 ? BOUNDS.clusterShard : null,
          },
        ]),
    { name: `CPU seconds of the compactor, S = ${shards}`, value: netCpu(runs, startUp, compactor), unit: 's', bound: null },
  ]);
}

function netCpu(runs: readonly Run[], startUp: readonly Run[], of: (run: Run) => number): number {
  return median(runs.map(of)) - median(startUp.map(of));
}

function greatestShard({ processes }: Run): number {
  return Math.max(...processes.filter(({ process }) => process.startsWith('shard')).map((use) => use.cpu));
}

function compactor(run: Run): number {
  return cpu(run, (process) => process === 'compact');
}

function placeOn(work: Workplace, source: Source, { bucket, environment }: S3Server, name: string): Place {
  return work.place(name, source.url, { tables: `public.${name}`, lake: `s3://${bucket}/${name}`, env: { ...environment } });
}

/** A copy of a table and changes after it; no warehouse has read it. */
async function makeLake(
  source: Source,
  place: Place,
  { table, rows, changes }: { table: string; rows: number; changes: number },
): Promise<Lake> {
  const { client } = source;
  await makeTable(client, table, NARROW, rows);
  const store = await openStore(place.lake, {});
  const roles = ['replicate', 'snapshot'].map((role) => place.command(role));
  const copies = new SnapshotLog(store);
  await timedRun(roles, null, async () => (await copies.listed()).some(({ done }) => done));
  const of: MixedTable = { name: table, shape: NARROW, document: 'note = md5(next::text)' };
  await makeChurn(client, of);
  await churn(client, of, rows, changes);
  const end = await sealedLsn(client);
  const log = new ManifestLog(store, silentLogger());
  await timedRun([place.command('replicate')], null, async () => parseLsn((await log.last())?.to ?? '0/0') >= parseLsn(end));
  return { place, store, table, end };
}

/** Applies a lake to a cluster that has nothing of it. */
async function applied(cluster: ClickhouseCluster, { place, store, end }: Lake): Promise<Run> {
  const known = new Set((await getPositions(store)).map(({ warehouseId }) => warehouseId));
  const { env, ...command } = place.command('compact');
  const ours = { ...env, TAILRACE_WAREHOUSE: cluster.url, TAILRACE_WAREHOUSE_CLUSTER: cluster.name };
  const shards = new Map(cluster.nodes.map(({ shard, pid }) => [`shard ${shard}`, pid ?? 0]));
  const isDone = async (): Promise<boolean> =>
    (await getPositions(store)).some((position) => !known.has(position.warehouseId) && hasApplied(position, 1, end));
  return timedRun([{ ...command, env: ours }], null, isDone, shards);
}

/** Rows of all shards together; a hash is a sum. */
async function contentOf({ nodes }: ClickhouseCluster): Promise<Content> {
  const from = nodes.length === 1 ? 'public.bench' : 'tailrace_shard.`public.bench`';
  let [rows, hash] = [0n, 0n];
  for (const { url } of nodes) {
    await using engine = await HttpEngine.open({ url, log: silentLogger() });
    const [content] = await engine.query<Content>(warehouseContent(from));
    rows += BigInt(content?.rows ?? 0);
    hash += BigInt(content?.hash ?? 0);
  }
  return { rows: String(rows), hash: String(hash) };
}
