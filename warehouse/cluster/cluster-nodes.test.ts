import { expect, test } from 'vitest';
import type { Engine } from '../engine.ts';
import { atNode, clusterShards, requireTold } from './cluster-nodes.ts';
import type { KnownNode } from './cluster-nodes.ts';

/** A node that knows one cluster, with these nodes: shard, replica, weight. */
function knowing(...nodes: readonly (readonly [shard: number, replica: number, weight: number])[]): Pick<Engine, 'query'> {
  const rows = nodes.map(([shard, replica, weight]) => ({ shard, replica, weight, host: `h${shard}${replica}` }));
  const names = [{ name: 'default' }, { name: 'shop' }];
  return {
    query: <T extends object>(sql: string): Promise<T[]> =>
      Promise.resolve((sql.includes('DISTINCT cluster') ? names : sql.includes("'shop'") ? rows : []) as unknown[] as T[]),
  };
}

test('nodes are grouped by shard', async () => {
  const shards = await clusterShards(knowing([1, 1, 1], [1, 2, 1], [2, 1, 1]), 'shop');
  expect(shards.map((nodes) => nodes.map(({ host }) => host))).toEqual([['h11', 'h12'], ['h21']]);
});

test('a cluster that the server does not know is refused, and those that it knows are named', async () => {
  await expect(clusterShards(knowing(), 'shops')).rejects.toThrow(
    'BAD_CONFIG: warehouse.cluster is "shops", and the server knows the clusters default, shop.',
  );
});

test('shards of different weights are refused', async () => {
  await expect(clusterShards(knowing([1, 1, 1], [2, 1, 3]), 'shop')).rejects.toThrow(
    'BAD_CONFIG: the shards of cluster "shop" have different weights: 1 for shard 1, 3 for shard 2.',
  );
});

test('all nodes have user, password and port of the URL', () => {
  expect(atNode('https://me:p%40ss@first:8443', 'second')).toBe('https://me:p%40ss@second:8443/');
  expect(atNode('http://me@first:8123', 'fd00::2')).toBe('http://me@[fd00::2]:8123/');
});

function node(shard: number, replica: number, facts: Partial<KnownNode['facts']> = {}): KnownNode {
  const told = { shard: `0${shard}`, replica: `r${replica}`, engine: '', readonly: false, ...facts };
  return { shard, replica, weight: 1, host: `h${shard}${replica}`, facts: told };
}

test('nodes that say who they are in the cluster are taken', () => {
  expect(() => requireTold([node(1, 1), node(1, 2), node(2, 1, { engine: 'Replicated' })])).not.toThrow();
});

test.each([
  ['a node without a macro', [node(1, 1, { replica: '' })], 'node h11 has no macro {replica}.'],
  [
    'two nodes with the same macros',
    [node(1, 1), node(1, 2, { replica: 'r1' })],
    'the nodes h11 and h12 both say that they are replica "r1" of shard "01".',
  ],
  [
    'a node that names a different shard from the cluster',
    [node(1, 1), node(2, 2, { shard: '01' })],
    'the macros {shard} of h11 ("01") and h22 ("01") do not agree with the cluster.',
  ],
  [
    'a warehouse of a single server',
    [node(1, 1, { engine: 'Atomic' })],
    'node h11 has a warehouse of a single server: its database tailrace is Atomic.',
  ],
])('%s is refused by name', (_what, nodes, text) => {
  expect(() => requireTold(nodes)).toThrow(`BAD_CONFIG: ${text}`);
});
