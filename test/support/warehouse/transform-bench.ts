import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Asked } from '../../../compactor/asked.ts';
import { silentLogger } from '../../../core/log.ts';
import { elapsed, moment } from '../../../core/time.ts';
import { getModels } from '../../../lake/models-report.ts';
import type { ModelsReport } from '../../../lake/models-report.ts';
import { getPosition } from '../../../lake/readers.ts';
import { Attention } from '../../../lake/store/attention.ts';
import { storeChanges } from '../../../lake/store/store-changes.ts';
import { transformOnce } from '../../../transformer/once.ts';
import type { OnceOrder, OnceReport } from '../../../transformer/once.ts';
import type { TransformerOptions } from '../../../transformer/transformer-options.ts';
import type { Engine } from '../../../warehouse/engine.ts';
import { eventually } from '../eventually.ts';
import type { FileEntry } from '../../../lake/manifest.ts';
import { scratch } from '../scratch.ts';
import { WAREHOUSE_ID, warehouseBench } from './warehouse-bench.ts';
import type { WarehouseBench } from './warehouse-bench.ts';

/** A warehouse whose compactor works on, and a folder of models over it. */
export interface TransformBench extends AsyncDisposable {
  readonly bench: WarehouseBench;
  readonly options: TransformerOptions;
  /** Writes a file of the folder; null removes it. */
  file(path: string, text: string | null): Promise<void>;
  once(order?: Partial<OnceOrder>): Promise<OnceReport>;
  /** Stores a batch of these files and waits until it is applied. */
  apply(...files: FileEntry[]): Promise<void>;
  report(): Promise<ModelsReport | null>;
}

/** A bench that was made before, and how a builder opens its warehouse. */
interface Made {
  readonly bench: WarehouseBench;
  readonly openBuilder: () => Promise<Engine>;
}

/**
 * `fill`: writes the first tables into the lake. `made`: closed with this one; default: one over
 * chDB.
 */
export async function transformBench(fill: (bench: WarehouseBench) => Promise<void>, made: Made | null = null): Promise<TransformBench> {
  const [bench, folder, ended] = [made?.bench ?? (await warehouseBench()), await scratch('models'), new AbortController()];
  await fill(bench);
  await bench.settle();
  const attention = new Attention(1_000, elapsed());
  const asked = new Asked(() => attention.called());
  const watching = asked.watch(bench.lake.store, ended.signal);
  const compactor = await bench.start(bench.engine, { asked });
  const turning = (async () => {
    for await (const _change of storeChanges(bench.lake.store, '', ended.signal, attention)) while (await compactor.turn(moment()));
  })();
  const options: TransformerOptions = {
    store: bench.lake.store,
    warehouseId: WAREHOUSE_ID,
    openBuilder: made?.openBuilder ?? (() => Promise.resolve(lent(bench.engine))),
    directory: folder.path,
    memoryBytes: 300_000_000,
    log: silentLogger(),
    signal: ended.signal,
  };
  return {
    bench,
    options,
    async file(path, text) {
      const place = join(folder.path, path);
      await mkdir(dirname(place), { recursive: true });
      await (text === null ? rm(place) : writeFile(place, text));
    },
    once: (order = {}) => transformOnce(options, { models: [], full: false, compare: false, ...order }),
    async apply(...files) {
      const manifest = await bench.lake.batch(files);
      await eventually(
        async () => ((await getPosition(bench.lake.store, WAREHOUSE_ID))?.manifest ?? 0) >= manifest.number,
        'the batch to be applied',
      );
    },
    report: () => getModels(bench.lake.store, WAREHOUSE_ID),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await Promise.all([turning, watching]);
      await bench[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** An engine that its borrower does not close. */
function lent(engine: Engine): Engine {
  return {
    traits: engine.traits,
    exec: (sql) => engine.exec(sql),
    execTogether: (statements) => engine.execTogether(statements),
    query: (sql) => engine.query(sql),
    read: (request) => engine.read(request),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
