import { randomUUID } from 'node:crypto';
import { askNode, mustAsk } from './ask-node.ts';

/** Who asks, and where. */
export interface ReaderOptions {
  /** URLs of all nodes, as their administrator. The first one is of the first shard. */
  readonly nodes: readonly string[];
  /** The same node, as a reader. */
  readonly asReader: (node: string) => string;
}

const GROUPS = 'SELECT state, count() AS orders FROM public.orders GROUP BY state';
/** Each shard sends a row for each group, and has far more rows. */
const MOST_SENT = 10;

/** Asks each node for what a reader may see, and for what it may not. Resolves with the faults. */
export async function rightsOfReader({ nodes, asReader }: ReaderOptions): Promise<string[]> {
  const wrong: string[] = [];
  for (const node of nodes) {
    const reader = asReader(node);
    const seen = await askNode(reader, 'SELECT count() FROM public.orders');
    if (!seen.ok) wrong.push(`a reader cannot read public.orders: ${seen.text}`);
    for (const hidden of ['tailrace.generations', await mustAsk(node, STORAGE)]) {
      const { ok, text } = await askNode(reader, `SELECT count() FROM ${hidden}`);
      if (ok || !text.includes('ACCESS_DENIED')) wrong.push(`a reader reads ${hidden}: ${text}`);
    }
  }
  return wrong;
}

const STORAGE =
  "SELECT concat('tailrace.`', name, '`') FROM system.tables WHERE database = 'tailrace' AND match(name, '^t[0-9]') ORDER BY name LIMIT 1";

/**
 * Whether an aggregate sends states over the wire: by the logs of all nodes, the other shards read
 * rows and answered with groups. Resolves with the faults.
 */
export async function statesOverTheWire({ nodes, asReader }: ReaderOptions): Promise<string[]> {
  const [first = ''] = nodes;
  const id = randomUUID();
  const { ok, text } = await askNode(asReader(first), GROUPS, { query_id: id });
  if (!ok) return [`${GROUPS}: ${text}`];
  const parts = `SELECT read_rows, result_rows FROM system.query_log WHERE initial_query_id = '${id}' AND type = 'QueryFinish' AND NOT is_initial_query AND query_kind = 'Select'`;
  const logged: number[][] = [];
  for (const node of nodes) {
    await mustAsk(node, 'SYSTEM FLUSH LOGS');
    const lines = (await mustAsk(node, parts)).split('\n').filter((line) => line !== '');
    logged.push(...lines.map((line) => line.split('\t').map(Number)));
  }
  const [read, sent] = [0, 1].map((column) => logged.reduce((total, row) => total + (row[column] ?? 0), 0));
  const asStates = read !== undefined && sent !== undefined && sent > 0 && sent <= MOST_SENT && read > 10 * MOST_SENT;
  return asStates ? [] : [`the other shards read ${read} rows for an aggregate and sent ${sent}, in ${logged.length} queries`];
}
