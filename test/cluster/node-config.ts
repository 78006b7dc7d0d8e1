import { chmod, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { scratch } from '../support/scratch.ts';

/** The folder of configuration that all nodes read, and read again when it changes. */
export interface NodeConfig extends AsyncDisposable {
  readonly path: string;
  /** The second shard has a third replica from now on. */
  grow(): Promise<void>;
}

const CLICKHOUSE = join(import.meta.dirname, '../../docker/clickhouse');

/** A copy of docker/clickhouse/cluster that the user of the containers can read. */
export async function makeConfig(): Promise<NodeConfig> {
  const folder = await scratch('tailrace-cluster-config');
  await chmod(folder.path, 0o755);
  await cp(join(CLICKHOUSE, 'cluster'), folder.path, { recursive: true });
  return {
    path: folder.path,
    grow: () => cp(join(CLICKHOUSE, 'cluster-grown.xml'), join(folder.path, 'grown.xml')),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
