import { formatLsn, parseLsn } from '../../../core/lsn.ts';
import { pageKey, manifestKey } from '../../../lake/keys.ts';
import type { ManifestLog } from '../../../lake/manifest-log.ts';
import { encodeManifest, manifestHash } from '../../../lake/manifest.ts';
import { encodePage, MANIFESTS_PER_PAGE } from '../../../lake/pages/manifest-page.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';

/** Objects that are stored at the same time. */
const TOGETHER = 8;

/**
 * Makes a lake as old as one with this many manifests: empty ones in one chain with its first, as
 * pages, and the last ones single. Each ends one byte of WAL after the one before it, so the source
 * needs as many bytes beyond the last one's end. Nobody else may write to the lake.
 */
export async function ageLake(store: ObjectStore, log: ManifestLog, manifests: number): Promise<void> {
  const last = await log.last();
  if (last === null) throw new Error('the lake has no manifest yet');
  const { number: begun, hash, ...common } = last;
  let lines: Uint8Array[] = [];
  for (let number = 1; number <= begun; number += 1) lines.push((await store.get(manifestKey(number))) ?? new Uint8Array());
  let previous = hash;
  let at = parseLsn(last.to);
  const open = new Set<Promise<unknown>>();
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    const storing = store.put(key, bytes).finally(() => open.delete(storing));
    open.add(storing);
    if (open.size >= TOGETHER) await Promise.race(open);
  };
  for (let number = begun + 1; number <= manifests; number += 1) {
    const [from, to] = [formatLsn(at), formatLsn((at += 1n))];
    const bytes = encodeManifest({ ...common, number, previous, from, to, heartbeat: true, commitTimes: null, files: [], catalog: [] });
    previous = manifestHash(bytes);
    lines.push(bytes);
    if (number % MANIFESTS_PER_PAGE > 0) continue;
    await put(pageKey(number / MANIFESTS_PER_PAGE - 1), encodePage(lines));
    lines = [];
  }
  const first = manifests - lines.length + 1;
  for (const [index, bytes] of lines.entries()) if (first + index > begun) await put(manifestKey(first + index), bytes);
  await Promise.all(open);
}
