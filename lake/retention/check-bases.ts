import { BaseLog, contentHashOf, readBaseChunk, readWholeBase } from '../bases/base-log.ts';
import type { Base, BaseChunk, ListedBase } from '../bases/base-log.ts';
import { BASE_PREFIX, baseChunkKey, baseRecordKey, parseBaseKey } from '../keys.ts';
import { readInOrder } from '../read-in-order.ts';
import { keysOf } from '../store/keys-of.ts';
import { objectProblems } from './checked-object.ts';
import type { LakeChecking, LakeProblem } from './checked-object.ts';
import { floorOf } from './sweep-look.ts';

const ALL = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

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
    // Those of a base without an end count up to the first that is missing.
    const chunks = await (base === null ? readInOrder((n) => readBaseChunk(store, one, n), ALL) : readWholeBase(store, base));
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
