import type { ErrorCode } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { askNode, atNode, clusterShards, requireTold } from '../../warehouse/cluster/cluster-nodes.ts';
import type { ClusterNode, KnownNode } from '../../warehouse/cluster/cluster-nodes.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { checkServer, FINDINGS, found } from './check-server.ts';
import type { AskedServer } from './check-server.ts';

type Asked = Omit<AskedServer, 'where'>;

/** One node of a cluster may be away or refuse; the others can be asked. */
const OF_A_NODE: readonly ErrorCode[] = [...FINDINGS, 'WAREHOUSE_UNAVAILABLE', 'WAREHOUSE_REFUSED'];

const READ_ONLY = 'Check the section zookeeper of its configuration, and that it reaches the Keeper nodes named there.';

/**
 * The items of every node of a cluster, as the node behind `engine` knows them. Errors: those of a
 * query to that node.
 */
export async function checkCluster(engine: HttpEngine, cluster: string, asked: Asked, log: Log): Promise<CheckItem[]> {
  let shards: readonly ClusterNode[][] = [];
  const item = await found('cluster', async () => {
    shards = await clusterShards(engine, cluster);
    return `${cluster}, shards: ${shards.length}, nodes: ${shards.flat().length}`;
  });
  if (item.verdict !== 'ok') return [item];
  const nodes = await Promise.all(shards.flat().map((node) => checkNode(node, asked, log)));
  const macros = await found('macros of the nodes', () => {
    requireTold(nodes.flatMap(({ known }) => known));
    return Promise.resolve('as the cluster says');
  });
  return [item, ...nodes.flatMap((one) => itemsOf(one, nodes)), macros];
}

interface CheckedNode {
  readonly node: ClusterNode;
  /** What it says of itself; nobody: it does not answer. */
  readonly known: readonly KnownNode[];
  readonly takesRows: boolean;
  /** Whether it answers and takes rows. */
  readonly itself: CheckItem;
  readonly others: readonly CheckItem[];
}

/** One replica of a shard that takes rows is enough. */
function itemsOf({ node, itself, others }: CheckedNode, nodes: readonly CheckedNode[]): CheckItem[] {
  const isSpare = nodes.some((other) => other.takesRows && other.node.shard === node.shard);
  return [itself.verdict === 'fail' && isSpare ? { ...itself, verdict: 'warn' } : itself, ...others];
}

async function checkNode(node: ClusterNode, asked: Asked, log: Log): Promise<CheckedNode> {
  await using engine = await HttpEngine.open({ url: atNode(asked.config.warehouse, node.host), log });
  const known: KnownNode[] = [];
  const is = `replica ${node.replica} of shard ${node.shard}`;
  const item = await found(
    `node ${node.host}`,
    async () => {
      known.push({ ...node, facts: await askNode(engine, node) });
      return is;
    },
    OF_A_NODE,
  );
  if (item.verdict !== 'ok') return { node, known, takesRows: false, itself: { ...item, value: `${is}: ${item.value}` }, others: [] };
  const others = await checkServer(engine, { ...asked, where: ` on ${node.host}` });
  const takesRows = known.every(({ facts }) => !facts.readonly);
  const itself = takesRows ? item : { ...item, value: `${is} is read-only: its Keeper is away`, verdict: 'fail' as const, fix: READ_ONLY };
  return { node, known, takesRows, itself, others };
}
