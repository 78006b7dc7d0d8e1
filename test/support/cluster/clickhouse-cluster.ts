import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteCh } from '../../../warehouse/names.ts';
import { scratch } from '../scratch.ts';
import { ClusterKeeper } from './cluster-keeper.ts';
import { ClusterState } from './cluster-state.ts';
import type { KeeperAddress } from './cluster-member.ts';
import { openDoor } from './keeper-door.ts';
import type { NodePlace } from './keeper-node.ts';
import { nodeConfig } from './node-config.ts';
import { NodeProcess } from './node-process.ts';
import { givenCluster, realCluster } from './real-cluster.ts';
import { HIDDEN } from './stand-ins.ts';

/** One node, from outside. */
interface ClusterNode {
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  /** With user and password. */
  readonly url: string;
  readonly isAlive: boolean;
  /** Of its process; null: it is dead. */
  readonly pid: number | null;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Resolves when it has the tables that were made while it was away; not their rows. */
  start(): Promise<void>;
  /** It is dead, and comes back empty. */
  loseDisk(): Promise<void>;
  /** Its replicated tables take no writes. */
  setReadOnly(isReadOnly: boolean): void;
}

/** A cluster of ClickHouse whose replicas fetch rows only when they are told to. */
export interface ClickhouseCluster extends AsyncDisposable {
  readonly name: string;
  /** The first node's. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** Shard and replica from 1 on. */
  node(shard: number, replica: number): ClusterNode;
  /** Every living replica fetches what living ones have. */
  replicate(): Promise<void>;
  /** Mutations and merges reach living replicas that have all rows. */
  finishChanges(): Promise<void>;
  /** DDL and writes of replicated tables fail; reads work. */
  setKeeperAway(isAway: boolean): void;
  /** SYSTEM SYNC REPLICA is answered at once, and brings nothing. */
  setSyncIgnored(isIgnored: boolean): void;
  /** A cluster gets another number of shards: every node is told, and started again. */
  resize(cluster: string, shards: number): Promise<void>;
  /** All nodes live, and there is nothing on them. */
  empty(): Promise<void>;
}

export interface ClusterOptions {
  readonly shards: number;
  readonly replicas: number;
  /** Default: trio. */
  readonly name?: string;
  /** Further clusters over the first shards of the same nodes, by name. */
  readonly also?: Readonly<Record<string, number>>;
}

const NAME = 'trio';
const ATTEMPTS = 5;

/**
 * S × R chDB processes behind the HTTP front, each on a loopback address of its own, which together
 * answer as a cluster with Keeper does: databases with ENGINE = Replicated, ON CLUSTER, replicated
 * tables, SYSTEM SYNC REPLICA, insert_quorum, Distributed tables, system.replicas.
 *
 * What the product decides is tested with it. What ClickHouse decides is not: a real server merges,
 * fetches and elects by itself, and a Distributed table aggregates on its shards. Here it is a view
 * that reads whole rows of the last living replica of each other shard.
 * A statement is done when it is answered, and none runs on.
 * Where TEST_CLUSTER_URL names real servers, they take its place, with the shards that they have.
 */
export async function startCluster(options: ClusterOptions): Promise<ClickhouseCluster> {
  const given = givenCluster();
  return given === null ? startDouble(options) : realCluster(given);
}

async function startDouble({ shards, replicas, name: clusterName = NAME, also = {} }: ClusterOptions): Promise<ClickhouseCluster> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await scratch('tailrace-cluster'));
  const clusters = new Map(Object.entries({ ...also, [clusterName]: shards }));
  const places = Array.from({ length: shards * replicas }, (_, index) => ({
    shard: Math.floor(index / replicas) + 1,
    replica: (index % replicas) + 1,
    host: `127.0.0.${11 + index}`,
  }));
  const blocks = join(folder.path, 'blocks');
  await mkdir(blocks);
  const configOf = ({ shard, replica }: NodePlace): string => join(folder.path, `s${shard}r${replica}.xml`);
  const tell = (): Promise<void[]> => Promise.all(places.map((place) => writeFile(configOf(place), nodeConfig(place, places, clusters))));
  await tell();
  const nodes = await Promise.all(
    places.map(async (place) => {
      const name = `s${place.shard}r${place.replica}`;
      const config = configOf(place);
      return new NodeProcess({ ...place, directory: join(folder.path, name), config }, (node, asked) => keeper.answer(node, asked));
    }),
  );
  const state = new ClusterState(nodes, clusters, blocks);
  const keeper = new ClusterKeeper(state);
  const door = resources.use(await openDoor({ host: '127.0.0.1', port: 0 }, { nodes, join: (node) => keeper.join(node) }));
  resources.defer(async () => void (await Promise.all(nodes.map((node) => node.kill()))));
  state.port = await startAll(nodes, door);
  const owned = resources.move();
  const outside = nodes.map((node) => fromOutside(node, { state, keeper, door }));
  return {
    name: clusterName,
    url: outside[0]?.url ?? '',
    nodes: outside,
    node(shard, replica) {
      const found = outside.find((one) => one.shard === shard && one.replica === replica);
      if (found === undefined) throw new Error(`there is no replica ${replica} of shard ${shard}`);
      return found;
    },
    replicate: () => keeper.rows.replicate(),
    finishChanges: () => keeper.rows.finishChanges(),
    setKeeperAway(isAway) {
      state.isAway = isAway;
    },
    setSyncIgnored(isIgnored) {
      state.ignoresSync = isIgnored;
    },
    async resize(cluster, count) {
      clusters.set(cluster, count);
      await tell();
      for (const node of outside) {
        await node.kill();
        await node.start();
      }
    },
    empty: () => empty(nodes, { state, keeper, door }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What stands beside the nodes. */
interface Beside {
  readonly state: ClusterState;
  readonly keeper: ClusterKeeper;
  readonly door: KeeperAddress;
}

function fromOutside(node: NodeProcess, { state, keeper, door }: Beside): ClusterNode {
  const { shard, replica, host } = node;
  return {
    shard,
    replica,
    host,
    url: node.url(state.port),
    get isAlive() {
      return node.isAlive;
    },
    get pid() {
      return node.pid;
    },
    kill: () => node.kill(),
    start: async () => void (await node.start(door, state.port)),
    async loseDisk() {
      await node.wipe();
      for (const log of state.logsOf(shard)) log.forget(node);
      keeper.shapes.forget(node);
    },
    setReadOnly(isReadOnly) {
      node.isReadOnly = isReadOnly;
    },
  };
}

/** On one port, which is free on every address. */
async function startAll(nodes: readonly NodeProcess[], door: KeeperAddress): Promise<number> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a cluster without nodes');
  for (let attempt = 1; ; attempt += 1) {
    const port = await first.start(door, 0);
    const failed = (await Promise.allSettled(others.map((node) => node.start(door, port)))).filter(({ status }) => status === 'rejected');
    if (failed.length === 0) return port;
    await Promise.all(nodes.map((node) => node.kill()));
    if (attempt === ATTEMPTS) throw new Error(`the nodes found no common port in ${ATTEMPTS} attempts`);
  }
}

async function empty(nodes: readonly NodeProcess[], { state, keeper, door }: Beside): Promise<void> {
  state.isAway = false;
  state.ignoresSync = false;
  state.tables.clear();
  state.databases.clear();
  keeper.shapes.empty();
  await rm(state.folder, { recursive: true });
  await mkdir(state.folder);
  await Promise.all(
    nodes.map(async (node) => {
      node.isReadOnly = false;
      node.databases.clear();
      node.owed.clear();
      if (!node.isAlive) await node.start(door, state.port);
      const kept = "('system', 'default', 'information_schema', 'INFORMATION_SCHEMA')";
      for (const { name } of await node.rows<{ name: string }>(`SELECT name FROM system.databases WHERE name NOT IN ${kept}`))
        await node.run(`DROP DATABASE IF EXISTS ${quoteCh(name)}`);
      await node.run(`CREATE DATABASE ${HIDDEN}`);
    }),
  );
}
