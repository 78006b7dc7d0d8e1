import { tableHistory } from '../../../core/sections/table-history.ts';
import type { Retention } from '../../../core/sections/table-retention.ts';
import type { LakeReading } from '../../../core/sections/lake-reading.ts';
import { silentLogger } from '../../../core/log.ts';
import { moment } from '../../../core/time.ts';
import type { Moment } from '../../../core/time.ts';
import { Compactor } from '../../../compactor/compactor.ts';
import type { News } from '../../../compactor/compactor.ts';
import type { Migration } from '../../../compactor/state/storage-version.ts';
import { openContext } from '../../../compactor/open-context.ts';
import type { ProofPolicy } from '../../../lake/bases/counts.ts';
import { getPosition } from '../../../lake/readers.ts';
import type { Position } from '../../../lake/readers.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { DirectoryStore } from '../../../lake/store/directory-store.ts';
import { EmbeddedEngine } from '../../../warehouse/embedded-engine.ts';
import type { Engine } from '../../../warehouse/engine.ts';
import { LakeWriter } from '../lake-writer.ts';
import { scratch } from '../scratch.ts';
import { FailingEngine } from './failing-engine.ts';

/** A lake in a folder, a chDB warehouse beside it, and a compactor that is turned by hand. */
export interface WarehouseBench extends AsyncDisposable {
  readonly lake: LakeWriter;
  readonly engine: Engine;
  /**
   * A compactor as after a start, over the same warehouse; `engine`: one that fails at will;
   * `news`: where it hears of work; `migrations`: those of another version.
   */
  start(engine?: Engine, news?: Partial<News>, migrations?: readonly Migration[]): Promise<Compactor>;
  /** Starts one and turns it until there is nothing to do. */
  settle(engine?: Engine): Promise<Position>;
  /** What the last turn has written. */
  position(): Promise<Position>;
  rows<T extends object>(sql: string): Promise<T[]>;
  /** The engine, as one that fails at will. */
  failing(): FailingEngine;
}

export const WAREHOUSE_ID = 'bench';

export interface BenchOptions {
  /** Default: a new one in a folder. */
  readonly lake?: LakeWriter;
  readonly store?: ObjectStore;
  /** Default: chDB. Closed with the bench. */
  readonly engine?: Engine;
  readonly stepRows?: number;
  /** Globs of tables with a history, and for how long; may change between starts. Default: none. */
  readonly history?: Record<string, Retention>;
  /** Tables that changed get bases after this time. Default: on request only. */
  readonly baseIntervalMs?: number;
  /** Or earlier, after this many bytes of batches. Default: 64 MiB. */
  readonly baseLeastBytes?: number;
  /** How bases are proven. Default: by another rebuild. */
  readonly baseProof?: ProofPolicy;
  /** Tables at the same time. Default 4. */
  readonly parallel?: number;
  /** How the engine reads a lake on S3. Default: with the keys of this process. */
  readonly lakeReading?: LakeReading;
  /** Default: the engine's. */
  readonly storagePolicy?: string;
  /** Tells a server that the next statement gets no answer. */
  readonly lose?: () => Promise<void>;
}

export async function warehouseBench(options: BenchOptions = {}): Promise<WarehouseBench> {
  const folder = await scratch('bench');
  const lake = options.lake ?? (await LakeWriter.open(options.store ?? new DirectoryStore(`${folder.path}/lake`)));
  const engine = options.engine ?? (await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() }));
  const start = async (over: Engine = engine, news: Partial<News> = {}, migrations?: readonly Migration[]): Promise<Compactor> => {
    const opened = await openContext({
      store: lake.store,
      engine: over,
      warehouseId: WAREHOUSE_ID,
      log: silentLogger(),
      signal: new AbortController().signal,
      ...(options.lakeReading === undefined ? {} : { lakeReading: options.lakeReading }),
      storagePolicy: options.storagePolicy,
      ...(options.baseProof === undefined ? {} : { baseProof: options.baseProof }),
      ...(options.baseIntervalMs === undefined
        ? {}
        : { baseRules: { ...leastOf(options), intervalMs: options.baseIntervalMs, program: 'test' } }),
      migrations,
      history: tableHistory(Object.entries(options.history ?? {}).map(([glob, history]) => ({ glob, history }))),
      parallel: options.parallel ?? 4,
      limits: { stepRows: options.stepRows ?? 1_000_000, stepBytes: 1 << 28 },
    });
    if (opened === null) throw new Error('no lake');
    return Compactor.start(opened.context, opened.warehouseId, news);
  };
  const position = async (): Promise<Position> => {
    const written = await getPosition(lake.store, WAREHOUSE_ID);
    if (written === null) throw new Error('no position');
    return written;
  };
  return {
    lake,
    engine,
    start,
    async settle(over = engine) {
      await turnUntilIdle(await start(over));
      return position();
    },
    position,
    rows: (sql) => engine.query(sql),
    failing: () => new FailingEngine(engine, options.lose),
    async [Symbol.asyncDispose]() {
      await engine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function leastOf({ baseLeastBytes }: BenchOptions): { leastBytes?: number } {
  return baseLeastBytes === undefined ? {} : { leastBytes: baseLeastBytes };
}

let elapsedMs = 0;

/** By then even storages are gone that readers may still have looked for. */
const LATER_MS = 11_000;

/** Turns, each time as if a while had passed since the last one, until nothing is left to do. */
export async function turnUntilIdle(compactor: Compactor): Promise<void> {
  elapsedMs += 2_000;
  while (await compactor.turn(later(elapsedMs)));
  await compactor.turn(later(elapsedMs + LATER_MS));
}

/** The moment `ms` milliseconds from now, by both clocks. */
export function later(ms: number): Moment {
  const now = moment();
  return { wallMs: now.wallMs + ms, elapsedMs: now.elapsedMs + ms };
}
