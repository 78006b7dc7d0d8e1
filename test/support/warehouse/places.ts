import { silentLogger } from '../../../core/log.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import { clusterBench } from '../cluster/cluster-bench.ts';
import { givenCluster } from '../cluster/real-cluster.ts';
import type { Failure } from './failing-engine.ts';
import { severalNodes } from './several-nodes.ts';
import { warehouseBench } from './warehouse-bench.ts';
import type { BenchOptions, WarehouseBench } from './warehouse-bench.ts';

/** Where a suite of the compactor is played. */
export interface Place {
  readonly name: string;
  /** The warehouse is empty at first. */
  readonly open: (options?: BenchOptions) => Promise<WarehouseBench>;
  /** Where the nth round of a suite breaks off. It ends with the round that comes to its end. */
  readonly failure: (round: number) => Failure;
  /** About how many statements lie between the failures of two rounds. */
  readonly stride: number;
  /** How many random scenarios are worth their cost there. */
  readonly scenarios: number;
}

/** Every nth statement, and every other one of them has its effect. */
const atNth =
  (nth: number) =>
  (round: number): Failure => ({ after: nth * round, ran: round % 2 === 0 });

const INSERT = /^\s*INSERT\b/;
/**
 * A round costs several times as much there, and only the loss of an INSERT differs: it runs on, or
 * is on some shards. So only each nth INSERT is lost; the embedded rounds have the rest.
 */
const atNthInsert =
  (nth: number) =>
  (round: number): Failure => ({ after: nth * round, ran: true, of: INSERT });

/** A bench on a server that is there already. What an earlier suite left on it is removed. */
async function onServer(url: string, options: BenchOptions = {}): Promise<WarehouseBench> {
  const bench = await warehouseBench({ ...options, engine: await HttpEngine.open({ url, log: silentLogger() }) });
  const ours = "name IN ('public', 'tailrace') OR name LIKE '%\\_public' OR name LIKE 'tailrace\\_%'";
  for (const { name } of await bench.rows<{ name: string }>(`SELECT name FROM system.databases WHERE ${ours}`))
    await bench.engine.exec(`DROP DATABASE \`${name}\``);
  return bench;
}

const external = process.env['TEST_CLICKHOUSE_URL'];
/** Costs minutes, so it is for the night. */
const everyPlace = process.env['TEST_EVERY_PLACE'] !== undefined;

/** Three shards with two replicas each. Its six engines cost the most. */
const CLUSTER: Place = everyPlace
  ? { name: 'a cluster', open: clusterBench, failure: atNthInsert(15), stride: 30, scenarios: 10 }
  : { name: 'a cluster', open: clusterBench, failure: atNthInsert(60), stride: 120, scenarios: 2 };

const embedded = { name: 'embedded', open: warehouseBench };
const EMBEDDED: Place = everyPlace
  ? { ...embedded, failure: atNth(1), stride: 1, scenarios: 15 }
  : { ...embedded, failure: atNth(3), stride: 3, scenarios: 10 };

/** Embedded, and on a server of several nodes. */
const CHEAP: readonly Place[] = [
  EMBEDDED,
  everyPlace
    ? { name: 'a server of several nodes', open: severalNodes, failure: atNthInsert(5), stride: 10, scenarios: 10 }
    : { name: 'a server of several nodes', open: severalNodes, failure: atNthInsert(20), stride: 40, scenarios: 3 },
];

/** Where suites are played, and nowhere else, when a variable names servers; null: none does. */
function there(): readonly Place[] | null {
  if (givenCluster() !== null)
    return [{ name: 'the cluster of TEST_CLUSTER_URL', open: clusterBench, failure: atNthInsert(15), stride: 30, scenarios: 10 }];
  if (external === undefined) return null;
  const open = (options?: BenchOptions): Promise<WarehouseBench> => onServer(external, options);
  return [{ name: 'the server of TEST_CLICKHOUSE_URL', open, failure: atNth(1), stride: 1, scenarios: 15 }];
}

/** Where most suites are played: on a cluster too if TEST_EVERY_PLACE is set. */
export const PLACES: readonly Place[] = there() ?? [...CHEAP, ...(everyPlace ? [CLUSTER] : [])];

/** For suites that one server plays as embedded: on a cluster too if TEST_EVERY_PLACE is set. */
export const EMBEDDED_OR_EVERY: readonly Place[] = [EMBEDDED, ...(everyPlace ? [CLUSTER] : [])];

/** Where the suites are played that a cluster needs most. */
export const PLACES_AND_CLUSTER: readonly Place[] = there() ?? [...CHEAP, CLUSTER];
