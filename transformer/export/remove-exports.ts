import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { exportPrefix, manifestKey, parseExportKey, tablePrefix } from './export-key.ts';
import { readLatest, readManifest } from './export-manifest.ts';

/** Files without a manifest are left alone for this long: their export may still run. */
const UNNAMED_MS = 24 * 60 * 60_000;

/** The objects of one export. */
interface Found {
  readonly lsn: Lsn;
  manifest: boolean;
  readonly files: string[];
  /** when the last of them was written, by the clock of the store, in milliseconds */
  newestMs: number;
}

/**
 * Removes all exports of the table but the newest `keep` and the one that latest.json names. Each
 * manifest goes before its files, so no manifest ever names a missing one.
 * Returns how many were removed.
 */
export async function removeOlder(place: ObjectStore, table: string, keep: number): Promise<number> {
  const latest = await readLatest(place, table);
  const kept = latest === null ? null : parseLsn(latest.lsn);
  const manifests = (await exportsOf(place, table)).filter(({ manifest }) => manifest);
  const older = manifests.slice(keep).filter(({ lsn }) => lsn !== kept);
  for (const { lsn, files } of older) {
    await place.delete(manifestKey(table, lsn));
    for (const key of files) await place.delete(key);
  }
  return older.length;
}

/**
 * Removes files that exports left behind when they died: at `lsn`, which has its manifest now, all
 * that it does not name; elsewhere files without a manifest that are a day older than that one.
 */
export async function removeUnnamed(place: ObjectStore, table: string, lsn: Lsn): Promise<void> {
  const found = await exportsOf(place, table);
  const named = await readManifest(place, table, lsn);
  if (named === null) return;
  const paths = new Set(named.files.map(({ path }) => exportPrefix(table, lsn) + path));
  const nowMs = found.find((one) => one.lsn === lsn)?.newestMs ?? 0;
  for (const one of found) {
    const unnamed =
      one.lsn === lsn ? one.files.filter((key) => !paths.has(key)) : one.manifest || nowMs - one.newestMs < UNNAMED_MS ? [] : one.files;
    for (const key of unnamed) await place.delete(key);
  }
}

/** All exports of the table, newest first. */
async function exportsOf(place: ObjectStore, table: string): Promise<Found[]> {
  const found = new Map<Lsn, Found>();
  for await (const { key, modified } of place.list(tablePrefix(table))) {
    const parsed = parseExportKey(table, key);
    if (parsed?.lsn == null) continue;
    const one = found.get(parsed.lsn) ?? { lsn: parsed.lsn, manifest: false, files: [], newestMs: 0 };
    found.set(parsed.lsn, one);
    if (parsed.kind === 'manifest') one.manifest = true;
    else one.files.push(key);
    one.newestMs = Math.max(one.newestMs, modified.getTime());
  }
  return [...found.values()].toSorted((a, b) => (a.lsn > b.lsn ? -1 : 1));
}
