import { text } from 'node:stream/consumers';
import { getPosition } from '../../lake/readers.ts';
import { getModels } from '../../lake/models-report.ts';
import { answer } from '../../watcher/answer.ts';
import { planWatch } from '../../watcher/watch-plan.ts';
import type { Engine, ReadRequest } from '../../warehouse/engine.ts';
import { BROKEN } from './not-driven.ts';
import { WAREHOUSE_ID } from '../support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../support/warehouse/warehouse-bench.ts';

const READS: readonly Omit<ReadRequest, 'format'>[] = [
  { sql: 'SELECT {n:UInt8} AS n SETTINGS max_threads = 1', params: { n: '1' }, settings: { extremes: '1' }, database: 'public' },
  { sql: 'SHOW TABLES FROM public WHERE 1 LIMIT 1' },
  { sql: 'EXPLAIN AST SELECT 1' },
  { sql: 'DESCRIBE (SELECT 1)' },
  { sql: 'EXISTS public.log' },
];

const WATCHED = [
  'SELECT o.id FROM seen.log AS o',
  'WITH x AS (SELECT 1 AS id) SELECT seen.log.id FROM seen.log JOIN x ON x.id = seen.log.id',
  'WITH RECURSIVE x AS (SELECT 1 AS id) SELECT * FROM seen.log',
  '(SELECT id FROM seen.log)',
];

/** Everything that readers and watchers make of a statement. */
export async function driveReaders(bench: WarehouseBench, reader: Engine): Promise<void> {
  for (const request of READS) await text((await reader.read({ ...request, format: 'JSONEachRow' })).body);
  // The engine refuses it, since a reader may not change it.
  await reader.read({ sql: 'SELECT 1', format: 'TSV', settings: { max_insert_threads: '1' } }).catch(() => undefined);
  await bench.engine.exec('CREATE DATABASE IF NOT EXISTS seen');
  await bench.engine.exec('CREATE VIEW seen.log AS SELECT id FROM public.log');
  const position = await getPosition(bench.lake.store, WAREHOUSE_ID);
  if (position === null) throw new Error('no position');
  const models = (await getModels(bench.lake.store, WAREHOUSE_ID))?.models ?? [];
  const ended = new AbortController();
  await planWatch(reader, BROKEN, { position, models }).catch(() => undefined);
  for (const select of WATCHED) {
    const plan = await planWatch(reader, select, { position, models });
    for (const freeze of [null, 'frozen']) {
      const asked = { select: plan.selectAt(freeze), signal: ended.signal, limits: { rows: 10, bytes: 1e6, seconds: 5 } };
      await answer(reader, asked as Parameters<typeof answer>[1]).catch(() => undefined);
    }
  }
  if (bench.engine.traits.ownsDirectory) await breakOff(bench.engine, ended);
}

/** A reader that goes away: its statement is ended. */
async function breakOff(engine: Engine, gone: AbortController): Promise<void> {
  const { body } = await engine.read({ sql: 'SELECT number FROM numbers(1000000000)', format: 'TSV', signal: gone.signal });
  gone.abort();
  await text(body).catch(() => undefined);
}
