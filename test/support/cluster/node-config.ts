import type { NodePlace } from './keeper-node.ts';

/** What the engine of a node is told about the clusters and its own place. */
export function nodeConfig(own: NodePlace, all: readonly NodePlace[], clusters: ReadonlyMap<string, number>): string {
  const shardOf = (shard: number): string =>
    `<shard><internal_replication>true</internal_replication>${all
      .filter((one) => one.shard === shard)
      .map(({ host }) => `<replica><host>${host}</host><port>9000</port></replica>`)
      .join('')}</shard>`;
  const servers = [...clusters].map(
    ([name, shards]) => `<${name}>${Array.from({ length: shards }, (_, index) => shardOf(index + 1)).join('')}</${name}>`,
  );
  // A block that comes again after a crash of the writer is not written again.
  const tables = '<merge_tree><non_replicated_deduplication_window>10000</non_replicated_deduplication_window></merge_tree>';
  const macros = `<shard>${own.shard}</shard><replica>r${own.replica}</replica>`;
  return `<clickhouse><remote_servers>${servers.join('')}</remote_servers><macros>${macros}</macros>${tables}</clickhouse>\n`;
}
