import { TailraceError } from '../../core/errors.ts';
import { chunkDataKey } from '../../lake/keys.ts';
import { SnapshotLog, putChunk, putDone, putPlan } from '../../lake/snapshot-log.ts';
import { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { putFiles } from './put-files.ts';
import { insist } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { writerId } from './writer.ts';

const TABLE_ID = '1_1';

/**
 * Copies a table repeatedly, as a snapshotter does: the plan, then data and the record that
 * names it, chunk by chunk. One that is fenced, or follows another, begins the next generation.
 */
export async function copy(process: SimulatedProcess): Promise<void> {
  const known = new SnapshotLog(process.store);
  const unnamed = new UnnamedFiles(process.store, process.time);
  for (let life = 1; ; life += 1) {
    const generation = 1 + Math.max(0, ...(await insist(() => known.listed())).map((listed) => listed.generation));
    try {
      await copyOnce(process, { generation, unnamed, writer: writerId(process.name, life) });
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
    }
  }
}

interface Work {
  readonly generation: number;
  readonly unnamed: UnnamedFiles;
  readonly writer: string;
}

async function copyOnce(process: SimulatedProcess, { generation, unnamed, writer }: Work): Promise<void> {
  const { store, random } = process;
  const of = { tableId: TABLE_ID, generation };
  const plan = { table: 'public.t', schema: 'a', consistentPoint: '0/1', epoch: 1, filenodes: [], ranges: [], estimatedRows: 1 };
  await insist(() => putPlan(store, { ...of, ...plan, reason: writer, createdAt: '2026-01-01T00:00:00.000Z' }));
  const chunks = random.between(1, 3);
  for (let n = 1; n <= chunks; n += 1) {
    const path = chunkDataKey(of, writer, n);
    await putFiles(process, unnamed, [path]);
    const range = { leafOid: 1, from: n - 1, to: n };
    await insist(() => putChunk(store, { ...of, n, path, rows: 1, bytes: 1, checksum: 'crc32:00000000', range }));
  }
  await insist(() => putDone(store, { ...of, chunks, rows: chunks }));
  process.progress();
}
