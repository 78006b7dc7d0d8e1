import { Lane } from '../../../warehouse/lane.ts';
import { REFUSALS } from './cluster-errors.ts';
import { placeOfTable } from './cluster-statement.ts';
import type { Distributed, ShapeStatement, TableName } from './cluster-statement.ts';
import type { KeeperNode } from './keeper-node.ts';
import { TableLog } from './table-log.ts';

/** A table of a replicated database. */
export interface ClusterTable {
  readonly name: TableName;
  readonly kind: 'replicated' | 'plain' | 'view' | { readonly distributed: Distributed; readonly statement: ShapeStatement };
  /** One for each shard, if it is replicated. */
  readonly logs: ReadonlyMap<number, TableLog>;
}

/** What the keeper of a cluster knows. */
export class ClusterState {
  readonly nodes: readonly KeeperNode[];
  /** How many shards the clusters have, by name: all are the first ones of the same nodes. */
  readonly clusters: ReadonlyMap<string, number>;
  /** The folder for blocks of rows. */
  readonly folder: string;
  /** Tables of replicated databases, by `database.name`. */
  readonly tables = new Map<string, ClusterTable>();
  /** Replicated databases that some node has. */
  readonly databases = new Set<string>();
  port = 0;
  isAway = false;
  ignoresSync = false;
  readonly #shapes = new Lane(['only']);
  readonly #shards: ReadonlyMap<number, Lane<'only'>>;
  #numbers = 0;

  constructor(nodes: readonly KeeperNode[], clusters: ReadonlyMap<string, number>, folder: string) {
    this.nodes = nodes;
    this.clusters = clusters;
    this.folder = folder;
    this.#shards = new Map(nodes.map(({ shard }) => [shard, new Lane(['only'])]));
  }

  /** A number that no block had. */
  next(): number {
    return (this.#numbers += 1);
  }

  /** Errors: 701. */
  nodesOf(cluster: string): readonly KeeperNode[] {
    const shards = this.clusters.get(cluster);
    if (shards === undefined) throw REFUSALS.noSuchCluster(cluster);
    return this.nodes.filter(({ shard }) => shard <= shards);
  }

  replicasOf(shard: number): readonly KeeperNode[] {
    return this.nodes.filter((node) => node.shard === shard);
  }

  /** Living replicas of a shard that have a database. */
  living(shard: number, database: string): readonly KeeperNode[] {
    return this.replicasOf(shard).filter((node) => node.isAlive && node.databases.has(database));
  }

  table(name: TableName): ClusterTable | undefined {
    return this.tables.get(placeOfTable(name));
  }

  /** A new table takes the name. */
  addTable(name: TableName, kind: ClusterTable['kind']): void {
    const shards = kind === 'replicated' ? [...this.#shards.keys()] : [];
    this.tables.set(placeOfTable(name), { name, kind, logs: new Map(shards.map((shard) => [shard, new TableLog(name)])) });
  }

  logs(): readonly TableLog[] {
    return [...this.tables.values()].flatMap(({ logs }) => [...logs.values()]);
  }

  /** The logs of a shard. */
  logsOf(shard: number): readonly TableLog[] {
    return [...this.tables.values()].flatMap(({ logs }) => logs.get(shard) ?? []);
  }

  /** While this works, nothing else writes in the shard. */
  inShard<T>(shard: number, work: () => Promise<T>): Promise<T> {
    const lane = this.#shards.get(shard);
    if (lane === undefined) throw new Error(`there is no shard ${shard}`);
    return lane.run(work);
  }

  /** While this works, nothing else writes anywhere. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const shards = [...this.#shards.keys()];
    const within = (at: number): Promise<T> => {
      const shard = shards[at];
      return shard === undefined ? work() : this.inShard(shard, () => within(at + 1));
    };
    return this.#shapes.run(() => within(0));
  }
}
