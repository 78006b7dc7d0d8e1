import path from 'node:path';
import { scratch } from '../support/scratch.ts';
import { limitedDisk, LIMITED_DISK_MISSING } from '../support/servers/limited-disk.ts';
import { type S3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';
import { FAKETIME_MISSING, steppingClock } from '../support/stepping-clock.ts';
import type { World } from '../world/world.ts';
import type { Need } from './fault.ts';
import { faultOf } from './faults.ts';

/** Needs that this machine lacks, with what to say of each. */
export type Missing = ReadonlyMap<Need, string>;

/** `s3`: the server that was started, if there is one. */
export async function findMissing(s3: S3Server | null): Promise<Missing> {
  await using folder = await scratch();
  const missing = new Map<Need, string>();
  if (steppingClock(folder.path) === null) missing.set('clock', FAKETIME_MISSING);
  using disk = limitedDisk(path.join(folder.path, 'disk'));
  if (disk === null) missing.set('space', LIMITED_DISK_MISSING);
  if (s3 === null) missing.set('s3', VERSITYGW_MISSING);
  return missing;
}

/** What the faults of an ordeal need. */
export function needsOf({ steps }: World): ReadonlySet<Need> {
  const needs = steps.map((step) => (step.kind === 'deed' ? (faultOf(step.deed)?.needs ?? null) : null));
  return new Set(needs.filter((need) => need !== null));
}

/** The ordeal without the faults that cannot be struck here. */
export function withoutMissing(world: World, missing: Missing): World {
  const steps = world.steps.filter((step) => {
    const need = step.kind === 'deed' ? (faultOf(step.deed)?.needs ?? null) : null;
    return need === null || !missing.has(need);
  });
  return { ...world, steps };
}
