import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { elapsed } from '../../core/time.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { latestKey, latestLockKey, manifestPath, parseExportKey, tablePrefix } from './export-key.ts';
import { encodeExport, readLatest, readManifest } from './export-manifest.ts';

/** How long one look at the lock waits for its holder. */
const LOCK_LOOK_MS = 100;
/** Its holder reads and writes a few small objects; one that needs longer is taken for dead. */
const LOCK_LIFE_MS = 15_000;

/**
 * Points latest.json at the newest manifest of the table, and never back. No store compares and
 * replaces in one step, so a lock orders the writers. If a holder slept longer than its lock lives,
 * it sees the newer manifest after its own write and writes again.
 * Returns the LSN that latest.json names; null when the table has no manifest.
 */
export async function moveLatest(place: ObjectStore, table: string, lockLifeMs = LOCK_LIFE_MS): Promise<Lsn | null> {
  if (await isNewest(place, table)) return newestManifest(place, table);
  const mine = await takeLock(place, table, lockLifeMs);
  try {
    for (;;) {
      const newest = await newestManifest(place, table);
      if (newest === null || (await isNewest(place, table))) return newest;
      const manifest = await readManifest(place, table, newest);
      // It may be removed in this moment; then a newer one is there.
      if (manifest === null) continue;
      const value = { lsn: formatLsn(newest), path: manifestPath(table, newest), exportedAt: manifest.exportedAt };
      await place.replace(latestKey(table), encodeExport(value));
    }
  } finally {
    await releaseLock(place, table, mine);
  }
}

/** Whether latest.json names a manifest at or above every other one. */
async function isNewest(place: ObjectStore, table: string): Promise<boolean> {
  const [newest, latest] = [await newestManifest(place, table), await readLatest(place, table)];
  return latest !== null && (newest === null || parseLsn(latest.lsn) >= newest);
}

async function newestManifest(place: ObjectStore, table: string): Promise<Lsn | null> {
  let newest: Lsn | null = null;
  for await (const { key } of place.list(tablePrefix(table))) {
    const parsed = parseExportKey(table, key);
    if (parsed?.kind === 'manifest' && parsed.lsn !== null && (newest === null || parsed.lsn > newest)) newest = parsed.lsn;
  }
  return newest;
}

async function takeLock(place: ObjectStore, table: string, lifeMs: number): Promise<string> {
  const [key, mine] = [latestLockKey(table), randomBytes(8).toString('hex')];
  const body = new TextEncoder().encode(mine);
  let [holder, since] = ['', elapsed()];
  while ((await place.put(key, body)) === 'exists') {
    const found = await holderOf(place, key);
    // A put whose answer was lost is ours.
    if (found === mine) return mine;
    if (found !== holder) [holder, since] = [found, elapsed()];
    if (found !== '' && elapsed() - since > lifeMs) await place.delete(key);
    else await sleep(LOCK_LOOK_MS);
  }
  return mine;
}

async function releaseLock(place: ObjectStore, table: string, mine: string): Promise<void> {
  if ((await holderOf(place, latestLockKey(table))) === mine) await place.delete(latestLockKey(table));
}

async function holderOf(place: ObjectStore, key: string): Promise<string> {
  const bytes = await place.get(key);
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}
