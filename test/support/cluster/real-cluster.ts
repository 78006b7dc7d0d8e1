import { silentLogger } from '../../../core/log.ts';
import { atNode, clusterShards } from '../../../warehouse/cluster/cluster-nodes.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import { literalCh, qualifiedCh, quoteCh } from '../../../warehouse/names.ts';
import type { ClickhouseCluster } from './clickhouse-cluster.ts';
import { ComposeNodes, serviceOf } from './compose-nodes.ts';

/** A cluster of real servers that stands in the place of the double. */
export interface GivenCluster {
  /** With user and password, of the first node. The others have the same port. */
  readonly url: string;
  readonly name: string;
}

/** Databases that no warehouse made; `keeper` is the double's. */
const KEPT = "('system', 'default', 'keeper', 'information_schema', 'INFORMATION_SCHEMA')";
const NOT_HERE = 'only the double can be told to do that';

/** The cluster that TEST_CLUSTER_URL and TEST_CLUSTER_NAME name; null: there is none. */
export function givenCluster(environment: Readonly<Record<string, string | undefined>> = process.env): GivenCluster | null {
  const { TEST_CLUSTER_URL: url, TEST_CLUSTER_NAME: name } = environment;
  if (url === undefined) return null;
  if (name === undefined) throw new Error('TEST_CLUSTER_URL is set, and TEST_CLUSTER_NAME is not');
  return { url, name };
}

/**
 * That cluster, as suites use the double. It fetches by itself, so `replicate` only waits for that.
 * Its nodes are killed as containers of docker/cluster.yml; `nodes`: another way.
 */
export async function realCluster({ url, name }: GivenCluster, nodes: Containers = new ComposeNodes()): Promise<ClickhouseCluster> {
  await using first = await HttpEngine.open({ url, log: silentLogger() });
  const all = (await clusterShards(first, name)).flat().map(({ shard, replica, host }) => {
    const service = serviceOf(shard, replica);
    let isAlive = true;
    return {
      shard,
      replica,
      host,
      url: atNode(url, host),
      get isAlive() {
        return isAlive;
      },
      pid: null,
      async kill() {
        isAlive = false;
        await nodes.kill(service);
      },
      async start() {
        await nodes.start(service);
        isAlive = true;
        await syncDatabases(this.url);
      },
      loseDisk: () => nodes.loseDisk(service),
      setReadOnly() {
        throw new Error(NOT_HERE);
      },
    };
  });
  const onLiving = async (work: (url: string) => Promise<void>): Promise<void> =>
    void (await Promise.all(all.filter(({ isAlive }) => isAlive).map((node) => work(node.url))));
  return {
    name,
    url,
    nodes: all,
    node(shard, replica) {
      const found = all.find((one) => one.shard === shard && one.replica === replica);
      if (found === undefined) throw new Error(`there is no replica ${replica} of shard ${shard}`);
      return found;
    },
    replicate: () => onLiving(syncTables),
    finishChanges: () => onLiving(syncTables),
    setKeeperAway() {
      throw new Error(NOT_HERE);
    },
    setSyncIgnored() {
      throw new Error(NOT_HERE);
    },
    resize() {
      throw new Error(NOT_HERE);
    },
    async empty() {
      for (const node of all) if (!node.isAlive) await node.start();
      await dropAll(
        all.map((node) => node.url),
        name,
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

type Containers = Pick<ComposeNodes, 'kill' | 'start' | 'loseDisk'>;

/** Waits until a node has what its peers have of every replicated table. */
async function syncTables(url: string): Promise<void> {
  await using node = await HttpEngine.open({ url, log: silentLogger() });
  for (const { database, table } of await node.query<{ database: string; table: string }>('SELECT database, table FROM system.replicas'))
    await node.exec(`SYSTEM SYNC REPLICA ${qualifiedCh(database, table)}`);
}

/** Waits until a node has the tables that were made while it was away. */
async function syncDatabases(url: string): Promise<void> {
  await using node = await HttpEngine.open({ url, log: silentLogger() });
  for (const { name } of await node.query<{ name: string }>("SELECT name FROM system.databases WHERE engine = 'Replicated'"))
    await node.exec(`SYSTEM SYNC DATABASE REPLICA ${quoteCh(name)}`);
}

/** Every database of ours on these nodes, and what the keepers have of it. */
async function dropAll(urls: readonly string[], cluster: string): Promise<void> {
  for (const url of urls) {
    await using node = await HttpEngine.open({ url, log: silentLogger() });
    for (const { name } of await node.query<{ name: string }>(`SELECT name FROM system.databases WHERE name NOT IN ${KEPT}`))
      await node.exec(`DROP DATABASE IF EXISTS ${quoteCh(name)} ON CLUSTER ${literalCh(cluster)} SYNC`);
  }
}
