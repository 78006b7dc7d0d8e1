import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { KeeperAddress, ToKeeper, ToNode } from './cluster-member.ts';
import { KeeperLink } from './keeper-link.ts';
import type { KeeperNode, NodeLink } from './keeper-node.ts';

/** Where nodes of a cluster reach their keeper. */
export interface KeeperDoor extends AsyncDisposable, KeeperAddress {}

/**
 * Listens for nodes. `join` is awaited when one has said which it is, and before it is told that it
 * may answer clients. A node whose join fails is cut off.
 */
export async function openDoor(
  { host, port }: KeeperAddress,
  { nodes, join }: { nodes: readonly KeeperNode[]; join: (node: KeeperNode) => Promise<void> },
): Promise<KeeperDoor> {
  const links = new Set<NodeLink>();
  const server = createServer((socket) => {
    let node: KeeperNode | undefined;
    const link: NodeLink = new KeeperLink<ToNode, ToKeeper>(socket, {
      hear(message) {
        if (message.kind !== 'hello') return void node?.hear(link, message);
        node = nodes.find(({ shard, replica }) => shard === message.shard && replica === message.replica);
        if (node === undefined) return link.end();
        node.linked(link);
        join(node).then(
          () => link.send({ kind: 'welcome' }),
          () => link.end(),
        );
      },
      ended() {
        links.delete(link);
        node?.gone(link);
      },
    });
    links.add(link);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    host,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const link of links) link.end();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
