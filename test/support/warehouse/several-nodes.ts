import { silentLogger } from '../../../core/log.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import { startReplicas } from '../servers/clickhouse-front.ts';
import type { ReplicatedServer } from '../servers/clickhouse-front.ts';
import { warehouseBench } from './warehouse-bench.ts';
import type { BenchOptions, WarehouseBench } from './warehouse-bench.ts';

/** A bench whose warehouse is a server of several nodes. */
export interface NodesBench extends WarehouseBench {
  readonly server: ReplicatedServer;
}

interface NodesOptions extends BenchOptions {
  /** Settings, or `query_id`, that the server takes no notice of. */
  readonly ignored?: readonly string[];
  /** An INSERT whose answer was lost is done after this many further statements. */
  readonly late?: number;
}

/** Opens one, over a server of its own. */
export async function severalNodes({ ignored = [], late = 60, ...options }: NodesOptions = {}): Promise<NodesBench> {
  const server = await startReplicas(ignored);
  const engine = await HttpEngine.open({ url: server.url, log: silentLogger() });
  const bench = await warehouseBench({ ...options, engine, lose: () => server.lose(late) });
  return {
    ...bench,
    server,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
