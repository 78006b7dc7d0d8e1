import { counts } from '../../lake/bases/counts.ts';
import { isInHistory } from '../../lake/bases/newest-base.ts';
import type { CatalogEvent, StoredManifest } from '../../lake/manifest.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import type { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';
import { firstBatch } from '../state/first-batch.ts';
import type { Generation } from '../state/generation.ts';
import { copyingGeneration, generationFromBase } from '../state/new-generation.ts';
import { baseTime, beginHistory } from './with-history.ts';

/** What a history can begin with, and the last batch that is in it. */
interface Beginning {
  readonly manifest: number;
  readonly begun: Generation;
  readonly since: string;
}

/**
 * The generation that fills the history of a live table from the lake, as far back as that reaches:
 * from the oldest copy or base from which all batches are left, and from which on the table was
 * followed. Later copies take its place one after the other (followed-copies.ts). null: there is
 * none. `events`: the batches with catalog events, in order.
 */
export async function lateHistory(
  context: CompactorContext,
  copies: SnapshotLog,
  { live, events }: { readonly live: Generation; readonly events: () => Promise<readonly StoredManifest[]> },
): Promise<Generation | null> {
  const { state, store } = context;
  const lives = state.generations().filter((one) => one.oid === live.oid);
  const rebuild = Math.max(state.rebuild, ...lives.map((one) => one.rebuild)) + 1;
  const floor = (await readFloors(store)).get(live.tableId) ?? 0;
  const oldest = await oldestFrom(context, copies, { live, rebuild, least: floor });
  if (oldest === null || oldest.begun.generation === live.generation) return begin(oldest);
  // After such a fact its rows were left out: nothing leads from a copy before it to a later one.
  const gap = (await events()).findLast(({ catalog }) => catalog.some((event) => event.tableId === live.tableId && isGap(event)));
  if (gap === undefined || gap.number <= oldest.manifest) return begin(oldest);
  return begin(await oldestFrom(context, copies, { live, rebuild, least: Math.max(floor, gap.number) }));
}

function begin(found: Beginning | null): Generation | null {
  return found === null ? null : beginHistory(found.begun, found.since);
}

function isGap({ kind }: CatalogEvent): boolean {
  return kind === 'dropped' || kind === 'held';
}

/**
 * The oldest copy or base of a table, up to that of the live generation, which all batches up to
 * `least` are in or below.
 */
async function oldestFrom(
  context: CompactorContext,
  copies: SnapshotLog,
  of: { readonly live: Generation; readonly rebuild: number; readonly least: number },
): Promise<Beginning | null> {
  const found = [await oldestCopy(context, copies, of), await oldestBase(context, of)].filter((one) => one !== null);
  return found.toSorted((one, other) => one.manifest - other.manifest)[0] ?? null;
}

async function oldestCopy(
  context: CompactorContext,
  copies: SnapshotLog,
  { live, rebuild, least }: { readonly live: Generation; readonly rebuild: number; readonly least: number },
): Promise<Beginning | null> {
  const listed = await copies.listed();
  for (const copy of listed.filter((one) => one.done && one.tableId === live.tableId && one.generation <= live.generation)) {
    const plan = await copies.plan(copy);
    if (plan === null) continue;
    const begun = copyingGeneration(plan, await context.schemas.get(plan.tableId, plan.schema), rebuild);
    const manifest = (await firstBatch(context, begun)) - 1;
    if (manifest >= least && begun.identity === 'key') return { manifest, begun, since: plan.createdAt };
  }
  return null;
}

async function oldestBase(
  context: CompactorContext,
  { live, rebuild, least }: { readonly live: Generation; readonly rebuild: number; readonly least: number },
): Promise<Beginning | null> {
  const { bases, baseProof, manifests, schemas } = context;
  const whole = (await bases.whole(live.tableId)).filter(({ plan }) => plan.generation <= live.generation && plan.manifest >= least);
  for (const base of whole.toSorted((one, other) => one.plan.manifest - other.plan.manifest)) {
    const { plan } = base;
    if (!counts(base, baseProof) || !(await isInHistory(manifests, plan))) continue;
    const begun = generationFromBase(plan, await schemas.get(plan.tableId, plan.schema), rebuild);
    if (begun.identity === 'key') return { manifest: plan.manifest, begun, since: await baseTime(context, plan) };
  }
  return null;
}
