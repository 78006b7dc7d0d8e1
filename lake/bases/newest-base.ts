import type { ManifestLog } from '../manifest-log.ts';
import type { CopyName } from '../snapshot-log.ts';
import type { Base, BaseLog, BasePlan } from './base-log.ts';
import { counts } from './counts.ts';
import type { ProofPolicy } from './counts.ts';

/** Which bases are taken: those that count by a policy, and are allowed (default: all). */
export interface BaseChoice {
  readonly policy: ProofPolicy;
  readonly allowed?: (plan: BasePlan) => boolean;
}

/**
 * The base that a warehouse loads in place of a copy. It continues that copy, counts, and lies in
 * the history of this lake; the one at the latest manifest wins. null: the copy itself is loaded.
 */
export async function newestBase(
  bases: BaseLog,
  manifests: Pick<ManifestLog, 'read'>,
  of: CopyName,
  { policy, allowed = () => true }: BaseChoice,
): Promise<Base | null> {
  const whole = (await bases.whole(of.tableId)).filter(({ plan }) => plan.generation === of.generation && allowed(plan));
  for (const base of whole.filter((one) => counts(one, policy)).toSorted(latestFirst))
    if (await isInHistory(manifests, base.plan)) return base;
  return null;
}

function latestFirst({ plan: one }: Base, { plan: other }: Base): number {
  return other.manifest - one.manifest || other.n - one.n;
}

/** A lake that was set back has lost the manifest, or has another one under its number. */
export async function isInHistory(manifests: Pick<ManifestLog, 'read'>, plan: BasePlan): Promise<boolean> {
  const manifest = await manifests.read(plan.manifest);
  return manifest !== null && manifest.epoch === plan.epoch && (plan.hash === undefined || plan.hash === manifest.hash);
}
