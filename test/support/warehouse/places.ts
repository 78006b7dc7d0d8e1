import { silentLogger } from '../../../core/log.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import type { Failure } from './failing-engine.ts';
import { severalNodes } from './several-nodes.ts';
import { warehouseBench } from './warehouse-bench.ts';
import type { BenchOptions, WarehouseBench } from './warehouse-bench.ts';

/** Where a suite of the compactor is played. */
export interface Place {
  readonly name: string;
  /** The warehouse is empty at first. */
  readonly open: (options?: BenchOptions) => Promise<WarehouseBench>;
  /** Where the nth round of a suite breaks off. It ends with the round that comes to its end. */
  readonly failure: (round: number) => Failure;
  /** About how many statements lie between the failures of two rounds. */
  readonly stride: number;
}

/** Every statement, and every other one has its effect. */
const atEach = (round: number): Failure => ({ after: round, ran: round % 2 === 0 });

const INSERT = /^\s*INSERT\b/;
/**
 * A round costs thrice as much there, and only the loss of an INSERT differs: it runs on. So one
 * INSERT of each five is lost; the embedded rounds have the rest.
 */
const atFifthInsert = (round: number): Failure => ({ after: 5 * round, ran: true, of: INSERT });

/** A bench on a server that is there already. What an earlier suite left on it is removed. */
async function onServer(url: string, options: BenchOptions = {}): Promise<WarehouseBench> {
  const bench = await warehouseBench({ ...options, engine: await HttpEngine.open({ url, log: silentLogger() }) });
  const ours = "name IN ('public', 'tailrace') OR name LIKE '%\\_public' OR name LIKE 'tailrace\\_%'";
  for (const { name } of await bench.rows<{ name: string }>(`SELECT name FROM system.databases WHERE ${ours}`))
    await bench.engine.exec(`DROP DATABASE \`${name}\``);
  return bench;
}

const external = process.env['TEST_CLICKHOUSE_URL'];

/**
 * Embedded, and on a server of several nodes; or, when TEST_CLICKHOUSE_URL names a server, there
 * and nowhere else.
 */
export const PLACES: readonly Place[] =
  external === undefined
    ? [
        { name: 'embedded', open: warehouseBench, failure: atEach, stride: 1 },
        { name: 'a server of several nodes', open: severalNodes, failure: atFifthInsert, stride: 10 },
      ]
    : [{ name: 'the server of TEST_CLICKHOUSE_URL', open: (options) => onServer(external, options), failure: atEach, stride: 1 }];
