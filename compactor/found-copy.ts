import { formatLsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import type { BasePlan } from '../lake/bases/base-log.ts';
import { newestBase } from '../lake/bases/newest-base.ts';
import type { Manifest } from '../lake/manifest.ts';
import { lastBelowCopy } from '../lake/retention/copy-point.ts';
import { readFloors, readTableFloors } from '../lake/retention/floors.ts';
import type { TableFloor } from '../lake/retention/sweep-look.ts';
import type { ListedCopy, SnapshotLog } from '../lake/snapshot-log.ts';
import type { CompactorContext } from './context.ts';
import { isInCopy } from './plan/plan.ts';
import { readManifests } from './plan/read-manifests.ts';
import type { Generation } from './state/generation.ts';
import { baseTime, withHistory } from './history/with-history.ts';
import type { FoundCopy } from './state/hand-over.ts';
import { isUpTo } from './state/history-point.ts';
import { copyingGeneration, generationFromBase } from './state/new-generation.ts';

/** Batches that are looked through at a time for what they say about tables. */
const LOOK = { manifests: 1_000, rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

type FindContext = Pick<
  CompactorContext,
  'bases' | 'baseProof' | 'engine' | 'history' | 'log' | 'manifests' | 'schemas' | 'state' | 'store' | 'until'
>;

/**
 * The copies of the lake that this warehouse may begin with. One that is built up to a point of the
 * history takes whole copies from before that point.
 */
export async function usableCopies({ until }: Pick<CompactorContext, 'until'>, copies: SnapshotLog): Promise<ListedCopy[]> {
  const listed = await copies.listed();
  if (until === null) return listed;
  const plans = await Promise.all(listed.map((copy) => copies.plan(copy)));
  return listed.filter((copy, index) => copy.done && plans[index] != null && isUpTo(until, plans[index]));
}

/**
 * The generations that begin with copies that were found, for those that have a plan. A table that
 * was dropped and swept has nothing left to begin with, and nothing is missing.
 */
export async function foundGenerations(context: FindContext, copies: SnapshotLog, found: readonly FoundCopy[]): Promise<Generation[]> {
  const floors = await readTableFloors(context.store);
  const manifestOf = new Map([...floors].map(([tableId, { manifest }]) => [tableId, manifest]));
  const begun = await Promise.all(
    found.map(async (copy) => {
      if (await isGone(context, copies, { copy, floor: floors.get(copy.tableId) })) return null;
      const one = await foundGeneration(context, copies, { copy, rebuild: copy.rebuild, floors: manifestOf });
      if (one === null || copy.done || !(await wasDropped(context, one))) return one;
      return { ...one, state: 'dropped' as const, storage: '' };
    }),
  );
  return begun.filter((one) => one !== null);
}

/**
 * Whether the table of an unfinished copy was dropped since its point, in a batch that the front
 * has passed: nobody ends the copy, and no later batch says so again. A warehouse that is rebuilt
 * meets such copies.
 */
async function wasDropped({ manifests, state: { front } }: FindContext, one: Generation): Promise<boolean> {
  const point = { epoch: one.epoch, consistentPoint: formatLsn(one.position.lsn) };
  for (let after = await lastBelowCopy(manifests, point, front.manifest); after < front.manifest;) {
    const { batches } = await readManifests(manifests, { after, upTo: front.manifest, limits: LOOK });
    const says = ({ catalog }: Manifest): boolean => catalog.some(({ kind, tableId }) => kind === 'dropped' && tableId === one.tableId);
    if (batches.some((batch) => !isInCopy(batch, one) && says(batch))) return true;
    after = batches.at(-1)?.number ?? front.manifest;
  }
  return false;
}

/** Whether a copy is of a time before its table ended, and nothing of that time is needed. */
async function isGone(
  { manifests }: FindContext,
  copies: SnapshotLog,
  { copy, floor }: { copy: FoundCopy; floor: TableFloor | undefined },
): Promise<boolean> {
  if (floor?.whole !== true) return false;
  const plan = await copies.plan(copy);
  // The floor is above the manifest that says that the table was dropped.
  const end = floor.manifest - 1;
  return plan !== null && (await lastBelowCopy(manifests, plan, end)) < end;
}

/**
 * The generation that begins with a copy that was found: from the newest base of a whole copy that
 * has one, since the copy and the batches before that base may be gone. A base below the floor of
 * its table may be gone itself. `floors`: as they are now; by default they are read. null: the copy
 * has no plan yet.
 */
export async function foundGeneration(
  context: FindContext,
  copies: SnapshotLog,
  { copy, rebuild, floors }: { readonly copy: ListedCopy; readonly rebuild: number; readonly floors?: ReadonlyMap<string, number> },
): Promise<Generation | null> {
  const { bases, baseProof, log, manifests, schemas, store, until } = context;
  const floor = (floors ?? (await readFloors(store))).get(copy.tableId) ?? 0;
  const allowed = (plan: BasePlan): boolean => plan.manifest >= floor && (until === null || isUpTo(until, plan));
  const base = copy.done ? await newestBase(bases, manifests, copy, { policy: baseProof, allowed }) : null;
  if (base !== null) {
    const { plan } = base;
    const schema = await schemas.get(plan.tableId, plan.schema);
    const begun = await withHistory(context, generationFromBase(plan, schema, rebuild), {
      schema,
      copied: await baseTime(context, plan),
      begins: false,
    });
    log.info(
      { table: qualifiedName(begun.schema, begun.name), generation: begun.generation, base: plan.n, manifest: plan.manifest },
      'base found',
    );
    return begun;
  }
  const plan = await copies.plan(copy);
  if (plan === null) return null;
  const { table, generation, consistentPoint } = plan;
  log.info({ table, generation, consistentPoint }, 'copy found');
  const schema = await schemas.get(plan.tableId, plan.schema);
  return withHistory(context, copyingGeneration(plan, schema, rebuild), { schema, copied: plan.createdAt, begins: true });
}
