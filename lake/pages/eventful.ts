import type { ManifestLog } from '../manifest-log.ts';
import { decodeManifest } from '../manifest.ts';
import type { StoredManifest } from '../manifest.ts';
import { pageKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { MANIFESTS_PER_PAGE } from './manifest-page.ts';
import { readPage } from './pages.ts';

/** Pages, or single manifests, that are read at once. */
const TOGETHER = 16;

/** A manifest without catalog events has this text: its JSON has neither spaces nor other forms. */
const WITHOUT_EVENTS = Buffer.from('"catalog":[]');

/**
 * The manifests up to a number that have catalog events, in order, some at a time. Most manifests
 * have none and are not decoded, so a page takes a millisecond and not forty. Manifests that were
 * lost are left out. LAKE_CORRUPT names a page or a manifest that is damaged.
 */
export async function* eventfulManifests(store: ObjectStore, log: ManifestLog, upTo: number): AsyncGenerator<StoredManifest[]> {
  const covered = Math.min((await log.paged()).covered, upTo);
  const pages = Math.floor(covered / MANIFESTS_PER_PAGE);
  for (let k = 0; k < pages; k += TOGETHER) yield (await together(k, pages, (page) => eventfulOf(store, page))).flat();
  for (let after = pages * MANIFESTS_PER_PAGE; after < upTo; after += TOGETHER) {
    const found = await together(after, upTo, (before) => log.read(before + 1));
    yield found.filter((one) => one !== null).filter(({ catalog }) => catalog.length > 0);
  }
}

async function eventfulOf(store: ObjectStore, k: number): Promise<StoredManifest[]> {
  const lines = await readPage(store, k, MANIFESTS_PER_PAGE);
  return lines.flatMap((line, index) => {
    if (line === null || Buffer.from(line.buffer, line.byteOffset, line.length).includes(WITHOUT_EVENTS)) return [];
    return decodeManifest(k * MANIFESTS_PER_PAGE + index + 1, line, `line ${index + 1} of ${pageKey(k)}`);
  });
}

function together<T>(from: number, before: number, read: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: Math.min(TOGETHER, before - from) }, (_, index) => read(from + index)));
}
