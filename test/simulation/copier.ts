import { TailraceError } from '../../core/errors.ts';
import { formatLsn } from '../../core/lsn.ts';
import { epochOf } from '../../core/table.ts';
import { openRequests, putStage } from '../../lake/control.ts';
import { chunkDataKey } from '../../lake/keys.ts';
import { SnapshotLog, putChunk, putDone, putPlan } from '../../lake/snapshot-log.ts';
import { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { tableName } from './lake-parts.ts';
import { encodeRows } from './model-rows.ts';
import { insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { writerId } from './writer.ts';

/**
 * Copies tables, as a snapshotter does: each whose newest copy is not whole, and each that is asked
 * for. First the plan, then data and the record that names it, chunk by chunk. One that is fenced,
 * or follows another, begins the next generation.
 */
export async function copy(process: SimulatedProcess): Promise<void> {
  const known = new SnapshotLog(process.store);
  const unnamed = new UnnamedFiles(process.store, process.time);
  for (let life = 1; ; life += 1) {
    const listed = await insist(() => known.listed());
    const requests = await insist(() => openRequests(process.store, ['resync']));
    const [request] = requests;
    const there = process.world.source.tableIds;
    const open = there.find((one) => listed.findLast(({ tableId }) => tableId === one)?.done !== true);
    const tableId = request?.tableId ?? open;
    if (tableId === undefined) process.progress();
    if (tableId === undefined || process.random.chance(0.3)) {
      await rest(process, 120);
      continue;
    }
    const generation = 1 + Math.max(0, ...listed.filter((one) => one.tableId === tableId).map((one) => one.generation));
    try {
      const ok = await copyOnce(process, { tableId, generation, unnamed, writer: writerId(process.name, life) });
      if (request !== undefined) await insist(() => putStage(process.store, { id: request.id, stage: 'done' }, { ok }));
      process.progress();
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
    }
  }
}

interface Work {
  readonly tableId: string;
  readonly generation: number;
  readonly unnamed: UnnamedFiles;
  readonly writer: string;
}

/** False: the table was dropped. */
async function copyOnce(process: SimulatedProcess, { tableId, generation, unnamed, writer }: Work): Promise<boolean> {
  const { store, random, world } = process;
  const of = { tableId, generation };
  const point = world.source.consistentPoint();
  const isThere = (): boolean => world.source.tableIds.includes(tableId);
  if (!isThere()) return false;
  const plan = {
    table: tableName(tableId),
    schema: 'a',
    consistentPoint: formatLsn(BigInt(point.lsn)),
    epoch: epochOf(tableId),
    filenodes: [],
    ranges: [],
    estimatedRows: 1,
  };
  await insist(() => putPlan(store, { ...of, ...plan, reason: writer, createdAt: '2026-01-01T00:00:00.000Z' }));
  const rows = [...world.source.rowsAt(tableId, point.commits)];
  const chunks = random.between(1, 3);
  for (let n = 1; n <= chunks; n += 1) {
    if (!isThere()) return false;
    const path = chunkDataKey(of, writer, n);
    await putFiles(process, unnamed, [{ path, bytes: encodeRows(new Map(rows.filter((_, index) => index % chunks === n - 1))) }]);
    const range = { leafOid: 1, from: n - 1, to: n };
    await insist(() => putChunk(store, { ...of, n, path, rows: 1, bytes: 1, checksum: 'crc32:00000000', range }));
  }
  await insist(() => putDone(store, { ...of, chunks, rows: chunks }));
  return true;
}

/** A file that is about to be stored. */
interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Puts files and claims them, as a role does right before it puts the object that names them. */
async function putFiles(process: SimulatedProcess, unnamed: UnnamedFiles, files: readonly NewFile[]): Promise<void> {
  const puts = files.map(({ path, bytes }) => {
    const put = insist(() => process.store.put(path, bytes));
    unnamed.add(path, put);
    return put;
  });
  await Promise.all(puts);
  for (let rests = process.random.between(0, 2); rests > 0; rests -= 1) await rest(process);
  await insist(() => unnamed.claim(files.map(({ path }) => path)));
}
