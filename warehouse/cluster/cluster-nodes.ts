import { TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../engine.ts';
import { literalCh } from '../names.ts';
import { placeOf } from '../place.ts';

/** A machine of a cluster, as `system.clusters` has it. */
export interface ClusterNode {
  /** From 1. */
  readonly shard: number;
  readonly replica: number;
  /** Share of the rows that a Distributed table would send to the shard. */
  readonly weight: number;
  readonly host: string;
}

/** What a node says of itself. */
export interface NodeFacts {
  /** Its macros; empty: it has none. */
  readonly shard: string;
  readonly replica: string;
  /** The engine of its database `tailrace`; empty: there is none. */
  readonly engine: string;
  /** Its Keeper is away, so that it takes no rows. */
  readonly readonly: boolean;
}

/** A node that answers, and what it says. */
export interface KnownNode extends ClusterNode {
  readonly facts: NodeFacts;
}

/**
 * The nodes of a cluster by shard, as one of them knows them. BAD_CONFIG when there is no such
 * cluster, or its shards are to get different shares.
 */
export async function clusterShards(node: Pick<Engine, 'query'>, cluster: string): Promise<ClusterNode[][]> {
  const found = await node.query<Record<keyof ClusterNode, string>>(sql('cluster-nodes', { cluster: literalCh(cluster) }));
  if (found.length === 0) {
    const names = (await node.query<{ name: string }>(sql('cluster-names'))).map(({ name }) => name);
    throw new TailraceError('BAD_CONFIG', `warehouse.cluster is "${cluster}", and the server knows the clusters ${names.join(', ')}`);
  }
  const nodes = found.map((one): ClusterNode => ({
    shard: Number(one.shard),
    replica: Number(one.replica),
    weight: Number(one.weight),
    host: one.host,
  }));
  const shards = [...Map.groupBy(nodes, ({ shard }) => shard).values()];
  if (new Set(nodes.map(({ weight }) => weight)).size === 1) return shards;
  const weights = shards.map(([first]) => `${first?.weight} for shard ${first?.shard}`).join(', ');
  throw new TailraceError('BAD_CONFIG', `the shards of cluster "${cluster}" have different weights: ${weights}`, {
    hint: 'Give all shards one weight: tailrace spreads rows evenly.',
  });
}

/** The URL of a node: user, password and port are those of the URL that was given. */
export function atNode(url: string, host: string): string {
  const at = new URL(url);
  at.hostname = host.includes(':') ? `[${host}]` : host;
  return at.href;
}

/** What a node says of itself. Errors: WAREHOUSE_TOO_OLD with its name, and those of a query. */
export async function askNode(engine: Engine, { host }: ClusterNode): Promise<NodeFacts> {
  await placeOf(engine, `node ${host}`);
  const [facts] = await engine.query<Record<'shard' | 'replica' | 'engine', string | null>>(sql('node-macros'));
  const tables = await engine.query<{ readonly: number }>(sql('replicated-tables'));
  const { shard, replica, engine: kept } = facts ?? {};
  return { shard: shard ?? '', replica: replica ?? '', engine: kept ?? '', readonly: tables.some((table) => table.readonly === 1) };
}

/**
 * Throws BAD_CONFIG when nodes do not say by their macros which shard and replica they are, or when
 * the warehouse is one of a single server.
 */
export function requireTold(nodes: readonly KnownNode[]): void {
  for (const { host, facts } of nodes) {
    for (const macro of ['shard', 'replica'] as const)
      if (facts[macro] === '')
        throw new TailraceError('BAD_CONFIG', `node ${host} has no macro {${macro}}`, { hint: 'Define it in its configuration (macros).' });
    if (facts.engine !== '' && facts.engine !== 'Replicated')
      throw new TailraceError('BAD_CONFIG', `node ${host} has a warehouse of a single server: its database tailrace is ${facts.engine}`, {
        hint: 'Use another cluster, or drop the databases of that warehouse; the lake has all that is in them.',
      });
  }
  const said = Map.groupBy(nodes, ({ facts }) => `replica "${facts.replica}" of shard "${facts.shard}"`);
  for (const [who, same] of said)
    if (same.length > 1)
      throw new TailraceError('BAD_CONFIG', `the nodes ${same.map(({ host }) => host).join(' and ')} both say that they are ${who}`);
  for (const one of nodes) {
    const other = nodes.find(({ shard, facts }) => (shard === one.shard) !== (facts.shard === one.facts.shard));
    if (other !== undefined)
      throw new TailraceError(
        'BAD_CONFIG',
        `the macros {shard} of ${one.host} ("${one.facts.shard}") and ${other.host} ("${other.facts.shard}") do not agree with the cluster`,
      );
  }
}
