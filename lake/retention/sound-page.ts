import { setImmediate as otherWork } from 'node:timers/promises';
import { TailraceError } from '../../core/errors.ts';
import { manifestKey } from '../keys.ts';
import { decodeManifest, linkError } from '../manifest.ts';
import type { StoredManifest } from '../manifest.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { PageLines } from '../pages/manifest-page.ts';

/** This many manifests are checked at once; then other work of the process has its turn. */
const AT_ONCE = 50;

interface Fault {
  readonly number: number;
  readonly error: TailraceError;
}

/**
 * LAKE_CORRUPT unless the lines are the manifests after `before`, each following the one before it.
 * One that is lost or damaged in an epoch that has ended is not needed: a newer epoch copies every
 * table again.
 */
export async function requireSoundPage(manifests: ManifestLog, before: number, lines: PageLines): Promise<void> {
  const fault = await lastFault(before, before === 0 ? null : await manifests.read(before), lines);
  if (fault === null) return;
  const newest = await manifests.newest(null);
  const began = await manifests.firstNotBelow(newest?.number ?? 0, ({ epoch }) => epoch < (newest?.epoch ?? 0));
  if (fault.number >= began) throw fault.error;
}

async function lastFault(after: number, previous: StoredManifest | null, lines: PageLines): Promise<Fault | null> {
  let fault: Fault | null = null;
  let before = previous;
  for (const [index, line] of lines.entries()) {
    const number = after + index + 1;
    if (index % AT_ONCE === AT_ONCE - 1) await otherWork();
    const found = line === null ? missing(number) : decoded(number, line);
    const error = found instanceof TailraceError ? found : before && linkError(before, found, 'LAKE_CORRUPT');
    if (error !== null) fault = { number, error };
    before = found instanceof TailraceError ? null : found;
  }
  return fault;
}

function missing(number: number): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${manifestKey(number)} is missing, so it cannot be put into a page`, {
    hint: 'Restore the object, or run `tailrace resync --all`.',
  });
}

function decoded(number: number, bytes: Uint8Array): StoredManifest | TailraceError {
  try {
    return decodeManifest(number, bytes);
  } catch (error) {
    if (error instanceof TailraceError) return error;
    throw error;
  }
}
