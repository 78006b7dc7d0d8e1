import { silentLogger } from '../../../core/log.ts';
import { systemTime } from '../../../core/time.ts';
import { BaseWriter } from '../../../compactor/base/base-writer.ts';
import type { BaseOutcome, BasePoint, ChunkLimits } from '../../../compactor/base/base-writer.ts';
import type { BaseTable } from '../../../compactor/base/base-source.ts';
import { baseTableOf, basePointOf } from '../../../compactor/base/live-table.ts';
import { SqlBaseSource } from '../../../compactor/base/sql-base-source.ts';
import type { CompactorContext } from '../../../compactor/context.ts';
import { openContext } from '../../../compactor/open-context.ts';
import { BaseLog } from '../../../lake/bases/base-log.ts';
import { createWriter } from '../../../lake/writer.ts';
import { WAREHOUSE_ID } from './warehouse-bench.ts';
import type { WarehouseBench } from './warehouse-bench.ts';

/** What a compactor over the bench's warehouse works with. */
export async function benchContext({ lake, engine }: WarehouseBench): Promise<CompactorContext> {
  const opened = await openContext({
    store: lake.store,
    engine,
    warehouseId: WAREHOUSE_ID,
    log: silentLogger(),
    signal: new AbortController().signal,
    limits: { stepRows: 1_000_000, stepBytes: 1 << 28 },
  });
  if (opened === null) throw new Error('no lake');
  return opened.context;
}

/** Writes the next base of a live table that nothing has changed since. */
export async function writeBase(bench: WarehouseBench, table: string, limits: Partial<ChunkLimits> = {}): Promise<BaseOutcome> {
  const context = await benchContext(bench);
  const { tableOf, pointOf } = await liveTable(context, table);
  const writer = new BaseWriter({
    store: context.store,
    bases: new BaseLog(context.store),
    manifests: context.manifests,
    source: new SqlBaseSource(context),
    writer: createWriter(),
    warehouseId: WAREHOUSE_ID,
    program: 'test',
    time: systemTime,
    limits,
  });
  const writing = writer.write(tableOf, pointOf);
  for (;;) {
    const slice = await writing.next();
    if (slice.done === true) return slice.value;
  }
}

export async function liveTable(
  { state, manifests }: CompactorContext,
  table: string,
): Promise<{ tableOf: BaseTable; pointOf: BasePoint }> {
  const one = state.generations().findLast(({ name, state: its }) => name === table && its === 'live');
  const manifest = await manifests.read(state.front.manifest);
  if (one === undefined || manifest === null) throw new Error(`${table} is not live`);
  const pointOf = basePointOf(manifest, one);
  if (pointOf === null) throw new Error(`nothing was committed since the copy of ${table}`);
  return { tableOf: baseTableOf(one), pointOf };
}
