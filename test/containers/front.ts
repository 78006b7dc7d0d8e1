/**
 * The process of a container of the cluster of three chDB fronts: `keeper`, or `shard N`.
 * FRONTS_NETWORK is the beginning of all addresses; FRONTS_ROWS the folder that all share, and
 * FRONTS_DATA the own one of a shard.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterKeeper } from '../support/cluster/cluster-keeper.ts';
import { ClusterState } from '../support/cluster/cluster-state.ts';
import { openDoor } from '../support/cluster/keeper-door.ts';
import { KeeperNode } from '../support/cluster/keeper-node.ts';
import type { NodePlace } from '../support/cluster/keeper-node.ts';
import { nodeConfig } from '../support/cluster/node-config.ts';
import { forkFront, FRONT_PASSWORD } from '../support/servers/clickhouse-front.ts';
import { FRONTS } from './fronts.ts';

const { FRONTS_NETWORK: network = '', FRONTS_ROWS: rows = '', FRONTS_DATA: data = '' } = process.env;
const keeperAt = { host: FRONTS.keeper(network), port: FRONTS.keeperPort };
const places = FRONTS.shards.map((shard): NodePlace => ({ shard, replica: 1, host: FRONTS.shard(network, shard) }));
const clusters = new Map([[FRONTS.cluster, places.length]]);

const [what, number] = process.argv.slice(2);
process.once('SIGTERM', () => process.exit(0));
if (what === 'keeper') await keep();
else await serve(Number(number));

async function keep(): Promise<void> {
  const nodes = places.map((place) => new KeeperNode(place, (node, asked) => keeper.answer(node, asked)));
  const state = new ClusterState(nodes, clusters, rows);
  const keeper = new ClusterKeeper(state);
  state.port = FRONTS.port;
  await openDoor(keeperAt, { nodes, join: (node) => keeper.join(node) });
}

/** Ends with the front, which ends with its connection to the keeper. */
async function serve(shard: number): Promise<void> {
  const place = places.find((one) => one.shard === shard);
  if (place === undefined) throw new Error(`there is no shard ${shard}`);
  await mkdir(data, { recursive: true });
  const config = join(data, 'node.xml');
  await writeFile(config, nodeConfig(place, places, clusters));
  const { child } = await forkFront({
    directory: data,
    password: FRONT_PASSWORD,
    nodes: { ...keeperAt, shard, replica: 1 },
    ignored: [],
    settings: [`--config-file=${config}`],
    host: place.host,
    port: FRONTS.port,
  });
  child.once('exit', () => process.exit(1));
}
