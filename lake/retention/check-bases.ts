import { BaseLog, contentHashOf, readBaseChunk } from '../bases/base-log.ts';
import type { Base, BaseChunk, ListedBase } from '../bases/base-log.ts';
import { BASE_PREFIX, baseChunkKey, baseRecordKey, parseBaseKey } from '../keys.ts';
import { keysOf } from '../store/keys-of.ts';
import { objectProblems } from './checked-object.ts';
import type { LakeChecking, LakeProblem } from './checked-object.ts';
import { floorOf } from './sweep-look.ts';

const TOGETHER = 16;

/**
 * Bases: each has the chunks, rows and hash that its end says, and the objects are there. Chunks of
 * a base without an end are in no one's way.
 */
export async function checkBases(checking: LakeChecking): Promise<void> {
  const { store } = checking;
  const bases = new BaseLog(store);
  for (const [tableId, listed] of Map.groupBy(await bases.listed(), (one) => one.tableId))
    await checkTable(checking, bases, tableId, listed);
}

async function checkTable(checking: LakeChecking, bases: BaseLog, tableId: string, listed: readonly ListedBase[]): Promise<void> {
  const { store } = checking;
  const data: string[] = [];
  for await (const key of keysOf(store, `${BASE_PREFIX}${tableId}/`)) if (parseBaseKey(key)?.kind === 'data') data.push(key);
  const named = new Set<string>();
  for (const one of listed) {
    const base = await bases.read(one);
    const chunks = await baseChunks(checking, one, base);
    for (const { path } of chunks) named.add(path);
    const problems = base === null ? brokenEnd(one) : await baseProblems(checking, base, chunks);
    if (problems.length > 0 && !(await isSwept(checking, tableId, base))) for (const problem of problems) checking.report(problem);
  }
  const table = (await bases.plan(listed[0] ?? { tableId, n: 1 }))?.table ?? tableId;
  for (const key of data) if (!named.has(key)) checking.report({ kind: 'unnamed', key, table });
}

/** A base that has ended has had a plan. */
function brokenEnd({ tableId, n, done }: ListedBase): LakeProblem[] {
  return done ? [{ kind: 'base', key: baseRecordKey({ tableId, n }, 'plan'), table: tableId }] : [];
}

/** Records up to the end, or of a base without one up to the first gap. */
async function baseChunks({ store }: LakeChecking, of: ListedBase, base: Base | null): Promise<BaseChunk[]> {
  const chunks: BaseChunk[] = [];
  const count = base?.done.chunks ?? Number.MAX_SAFE_INTEGER;
  for (let at = 1; at <= count; at += TOGETHER) {
    const numbers = Array.from({ length: Math.min(TOGETHER, count - at + 1) }, (_, index) => at + index);
    const read = await Promise.all(numbers.map((n) => readBaseChunk(store, of, n)));
    chunks.push(...read.filter((chunk) => chunk !== null));
    if (base === null && read.includes(null)) break;
  }
  return chunks;
}

async function baseProblems(checking: LakeChecking, { plan, done }: Base, chunks: readonly BaseChunk[]): Promise<LakeProblem[]> {
  const { table } = plan;
  const problem = (key: string): LakeProblem => ({ kind: 'base', key, table });
  const there = new Set(chunks.map(({ chunk }) => chunk));
  const records = Array.from({ length: done.chunks }, (_, index) => index + 1).filter((n) => !there.has(n));
  const objects = await objectProblems(checking, chunks);
  const found = [...records.map((n) => problem(baseChunkKey(plan, n))), ...objects.map(({ of }) => problem(of.path))];
  if (found.length > 0) return found;
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  return rows === done.rows && contentHashOf(chunks) === BigInt(done.contentHash) ? [] : [problem(baseRecordKey(plan, 'done'))];
}

/** Whether the floor of the table is above the base, so that the base may be gone. */
async function isSwept({ store }: LakeChecking, tableId: string, base: Base | null): Promise<boolean> {
  const floor = await floorOf(store, tableId);
  return floor !== undefined && (floor.whole === true || base === null || base.plan.manifest < floor.manifest);
}
