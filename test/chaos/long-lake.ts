import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { manifestNumber, pageKey, STREAM_PREFIX } from '../../lake/keys.ts';
import type { Manifest, StoredManifest } from '../../lake/manifest.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { MANIFESTS_PER_PAGE } from '../../lake/pages/manifest-page.ts';
import { keysOf } from '../../lake/store/keys-of.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { createWriter } from '../../lake/writer.ts';
import { eventually } from '../support/eventually.ts';

/** So many that the replicator itself soon stores the last one of a page. */
export const NEARLY_A_PAGE = MANIFESTS_PER_PAGE - 5;

/**
 * Another replicator takes over and stores heartbeats, until the lake has this many manifests. The
 * one that runs is fenced, and begins again behind them.
 */
export async function lengthen(store: ObjectStore, count: number): Promise<void> {
  const manifests = new ManifestLog(store, silentLogger());
  const { id } = createWriter();
  let last = await eventually(() => manifests.newest(null), 'a first manifest');
  while (last.number < count) {
    const next = heartbeatAfter(last, id);
    try {
      last = { ...next, hash: await manifests.append(next) };
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
      last = (await manifests.newest(last)) ?? last;
    }
  }
}

/** Another replicator takes over and stores one heartbeat. */
export async function goOn(store: ObjectStore): Promise<void> {
  const newest = await new ManifestLog(store, silentLogger()).newest(null);
  await lengthen(store, (newest?.number ?? 0) + 1);
}

/** Waits until a page has taken the place of the first manifests. */
export async function paged(store: ObjectStore, patienceMs: number): Promise<void> {
  await eventually(
    async () => (await store.head(pageKey(0))) !== null && (await firstSingle(store)) > MANIFESTS_PER_PAGE,
    'a page in place of its manifests',
    patienceMs,
  );
}

/** At the position of the one before, with all of it that a start needs. */
function heartbeatAfter({ hash, ...last }: StoredManifest, writer: string): Manifest {
  const { number, to, times: _, ...rest } = last;
  return { ...rest, number: number + 1, writer, previous: hash, from: to, to, commitTimes: null, heartbeat: true, files: [], catalog: [] };
}

async function firstSingle(store: ObjectStore): Promise<number> {
  for await (const key of keysOf(store, STREAM_PREFIX)) return manifestNumber(key) ?? 0;
  return Infinity;
}
