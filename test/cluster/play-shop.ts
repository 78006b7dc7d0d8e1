import { ADDRESSES } from '../support/cluster/compose-nodes.ts';
import type { ComposeNodes } from '../support/cluster/compose-nodes.ts';
import { eventually } from '../support/eventually.ts';
import { mustAsk } from './ask-node.ts';
import { openStage } from './cluster-stage.ts';
import type { NodeConfig } from './node-config.ts';
import { pageGrants, readPages } from './page-grants.ts';
import { playTroubles } from './play-troubles.ts';
import { rightsOfReader, statesOverTheWire } from './reader-proofs.ts';
import { TROUBLES } from './troubles.ts';
import type { Scene } from './troubles.ts';

export interface ShopOptions {
  readonly nodes: ComposeNodes;
  readonly config: NodeConfig;
  /** All users have it. */
  readonly password: string;
  /** Whether there is time for another round of troubles. */
  readonly goesOn: () => boolean;
  readonly say: (line: string) => void;
}

const FIRST = ['node-1-1', 'node-1-2', 'node-2-1', 'node-2-2'];
const ADDED = 'node-2-3';

/** The URL of a node for one of its users. */
export function urlOf(service: string, user: string, password: string): string {
  return `http://${user}:${password}@${ADDRESSES[service]}:8123`;
}

/**
 * Plays the shop on a new cluster under all troubles, and asks what a reader sees before and after.
 * Resolves with what went wrong.
 */
export async function playShop({ nodes, config, password, goesOn, say }: ShopOptions): Promise<string[]> {
  const { statements, writer, reader } = pageGrants(readPages(), password);
  const admin = (service: string): string => urlOf(service, 'tailrace', password);
  const asReader = (node: string): string => {
    const url = new URL(node);
    url.username = reader;
    return url.href;
  };
  const services = [...FIRST];
  const everywhere = async (...all: readonly string[]): Promise<void> => {
    for (const service of services) for (const statement of all) await mustAsk(admin(service), statement);
  };
  const wrongForReaders = async (): Promise<string[]> => {
    const options = { nodes: services.map(admin), asReader };
    return [...(await rightsOfReader(options)), ...(await statesOverTheWire(options))];
  };
  // A lost disk takes its users along.
  const start = async (service: string): Promise<void> => {
    await nodes.start(service);
    if (!service.startsWith('node-')) return;
    const [known] = (await mustAsk(admin(service), `SELECT count() FROM system.users WHERE name = '${writer}'`)).split('\n');
    if (known === '0') for (const statement of statements) await mustAsk(admin(service), statement);
  };

  await everywhere(...statements);
  await using stage = await openStage({
    source: `postgres://postgres:${password}@${ADDRESSES['postgres']}:5432/shop`,
    warehouse: urlOf('node-1-1', writer, password),
    cluster: 'shop',
    lake: 's3://tailrace/shop',
    environment: {
      AWS_ENDPOINT_URL_S3: `http://${ADDRESSES['lake']}:7070`,
      AWS_ACCESS_KEY_ID: 'tailrace',
      AWS_SECRET_ACCESS_KEY: password,
      AWS_REGION: 'us-east-1',
    },
  });
  const scene: Scene = {
    ...stage,
    nodes: proxied(nodes, start),
    exec: async (service, statement) => void (await mustAsk(admin(service), statement)),
    async grow() {
      await config.grow();
      for (const service of services)
        await eventually(async () => (await replicasOf(admin(service))) === '5', `${service} to know five nodes`);
      services.push(ADDED);
    },
    async profile(settings) {
      await everywhere(`ALTER USER ${writer} SETTINGS ${settings ?? 'NONE'}`);
    },
  };
  const difference = await stage.compare();
  if (difference !== null) return [`before any trouble: ${difference}`];
  const wrong = [
    ...(await wrongForReaders()),
    ...(await playTroubles({ scene, troubles: TROUBLES, goesOn, compare: () => stage.compare(), say })),
  ];
  if (services.includes(ADDED)) wrong.push(...(await missingOn(admin(ADDED), admin('node-2-1'))));
  wrong.push(...(await wrongForReaders()));
  const refused = stage
    .log()
    .split('\n')
    .find((line) => line.includes('ACCESS_DENIED'));
  if (refused !== undefined) wrong.push(`a right of the writer is missing: ${refused}`);
  return wrong;
}

/** The nodes, with another way to start one. */
function proxied(nodes: ComposeNodes, start: (service: string) => Promise<void>): Scene['nodes'] {
  return {
    start,
    kill: (service) => nodes.kill(service),
    restart: (service) => nodes.restart(service),
    pause: (service) => nodes.pause(service),
    unpause: (service) => nodes.unpause(service),
    loseDisk: (service) => nodes.loseDisk(service),
    cutOff: (service) => nodes.cutOff(service),
    connect: (service) => nodes.connect(service),
  };
}

function replicasOf(node: string): Promise<string> {
  return mustAsk(node, "SELECT count() FROM system.clusters WHERE cluster = 'shop'");
}

/** What a node that was added lacks of its peer once it has fetched everything. */
async function missingOn(added: string, peer: string): Promise<string[]> {
  const tables = "SELECT name FROM system.tables WHERE database = 'tailrace' AND engine LIKE 'Replicated%' ORDER BY name";
  const [has, peerHas] = [await mustAsk(added, tables), await mustAsk(peer, tables)];
  if (has === '' || has !== peerHas) return [`the node that was added has other tables than its peer: ${has} and ${peerHas}`];
  for (const name of has.split('\n')) await mustAsk(added, `SYSTEM SYNC REPLICA tailrace.\`${name}\``);
  return [];
}
