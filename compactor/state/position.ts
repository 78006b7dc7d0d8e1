import { parseLsn } from '../../core/lsn.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { Generation, Position } from './generation.ts';
import type { Front } from './warehouse-state.ts';
import { NO_LSN } from './warehouse-state.ts';

/** Where a generation really stands: a live one is at least as far as the front. */
export function standing(generation: Generation, front: Front): Position {
  const { position } = generation;
  if (generation.state !== 'live' || position.manifest > front.manifest) return position;
  const files = position.manifest === front.manifest ? position.files : 0;
  return { manifest: front.manifest, files, lsn: laterLsn(position.lsn, front.lsn) };
}

type FrontManifest = Pick<StoredManifest, 'number' | 'epoch' | 'from' | 'to' | 'commitTimes' | 'hash'>;

/** The front after these batches; `before`: of the last one only commits below it. */
export function frontAfter(front: Front, manifests: readonly FrontManifest[], before: string | null): Front {
  return manifests.reduce((at, manifest) => {
    const { number, epoch, from, to, commitTimes, hash } = manifest;
    const points = { [epoch]: from, ...at.points };
    if (before !== null && parseLsn(to) > parseLsn(before)) return { ...at, epoch, lsn: before, appliedLsn: before, points };
    return { manifest: number, epoch, lsn: NO_LSN, appliedLsn: to, asOf: laterTime(at.asOf, commitTimes?.[1] ?? null), hash, points };
  }, front);
}

function laterLsn(one: string, other: string): string {
  return parseLsn(one) >= parseLsn(other) ? one : other;
}

/** Commit times are not in the order of commits. */
export function laterTime(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one >= other ? one : other;
}
