import { chunkKey, generationPrefix, parseSnapshotKey, planKey, schemaKey } from '../keys.ts';
import { SnapshotLog, namedChunks } from '../snapshot-log.ts';
import type { CopyName, SnapshotChunk, SnapshotPlan } from '../snapshot-log.ts';
import { keysOf } from '../store/keys-of.ts';
import { objectProblems } from './checked-object.ts';
import type { LakeChecking, LakeProblem } from './checked-object.ts';
import { lastBelowCopy } from './copy-point.ts';
import { floorOf } from './sweep-look.ts';

/**
 * Copies: chunk records without gaps up to their end, and the objects that these name. A copy that
 * was broken off and is followed by another one does not count.
 */
export async function checkCopies(checking: LakeChecking): Promise<void> {
  const copies = new SnapshotLog(checking.store);
  const listed = await copies.listed();
  for (const [index, copy] of listed.entries())
    if (copy.done || listed[index + 1]?.tableId !== copy.tableId) await checkCopy(checking, copies, copy);
}

async function checkCopy(checking: LakeChecking, copies: SnapshotLog, { tableId, generation }: CopyName): Promise<void> {
  const of = { tableId, generation };
  const data: string[] = [];
  for await (const key of keysOf(checking.store, generationPrefix(of))) if (parseSnapshotKey(key)?.kind === 'data') data.push(key);
  const [plan, done, chunks] = [await copies.plan(of), await copies.done(of), await namedChunks(checking.store, of)];
  const table = plan?.table ?? tableId;
  const problems: LakeProblem[] = [
    ...(plan === null && (done !== null || chunks.length > 0) ? [planKey(of)] : []),
    ...missingRecords(of, chunks, done?.chunks ?? 0),
  ].map((key) => ({ kind: 'missing', key, table }));
  for (const { of: chunk, kind } of await objectProblems(checking, chunks)) problems.push({ kind, key: chunk.path, table });
  if (problems.length > 0 && !(await isSwept(checking, of, plan))) for (const problem of problems) checking.report(problem);
  if (plan !== null) checking.need(schemaKey(tableId, plan.schema), table);
  const named = new Set(chunks.map(({ path }) => path));
  for (const key of data) if (!named.has(key)) checking.report({ kind: 'unnamed', key, table });
}

function missingRecords(of: CopyName, chunks: readonly SnapshotChunk[], count: number): string[] {
  const there = new Set(chunks.map(({ n }) => n));
  return Array.from({ length: count }, (_, index) => index + 1)
    .filter((n) => !there.has(n))
    .map((n) => chunkKey(of, n));
}

/** Whether the floor of the table is above the copy, so that the copy may be gone. */
async function isSwept({ store, log, newest }: LakeChecking, { tableId }: CopyName, plan: SnapshotPlan | null): Promise<boolean> {
  const floor = await floorOf(store, tableId);
  if (floor === undefined) return false;
  return floor.whole === true || (plan !== null && (await lastBelowCopy(log, plan, newest)) < floor.manifest);
}
