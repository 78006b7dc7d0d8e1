import type { ManifestLog } from '../manifest-log.ts';
import { decodeManifest } from '../manifest.ts';
import type { StoredManifest } from '../manifest.ts';
import { manifestKey, pageKey, parseFactsKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { MANIFESTS_PER_PAGE } from './manifest-page.ts';
import { readPage } from './pages.ts';

/** Pages, or single manifests, that are read at once. */
const TOGETHER = 16;

/** A manifest without catalog events has this text: its JSON has neither spaces nor other forms. */
const WITHOUT_EVENTS = Buffer.from('"catalog":[]');
const FACTS = /"facts":"(facts\/[0-9a-f-]+\.json)"/;

/** Manifests that follow one another. */
interface Run {
  readonly first: number;
  readonly found: readonly StoredManifest[];
  /** The greatest number below `first` that may have events. */
  readonly next: number;
}

/**
 * The manifests up to a number that have catalog events, in order. Reads backwards: a manifest
 * names facts that were put for a manifest before it, and none between the two has events. So a
 * page is read only near such facts. Most of its manifests are not decoded, so it takes a
 * millisecond and not forty. Manifests that were lost are left out. In: a log that has read
 * `upTo`. LAKE_CORRUPT names a page or a manifest that is damaged.
 */
export async function eventfulManifests(store: ObjectStore, log: ManifestLog, upTo: number): Promise<StoredManifest[]> {
  const found: StoredManifest[] = [];
  for (let last = upTo, count = 1; last > 0;) {
    const runs = isSingle(log, last) ? await singlesBefore(log, last, count) : await pagesBefore(store, last, count);
    for (const run of runs) found.push(...run.found.toReversed());
    const { first, next } = runs.at(-1) ?? { first: last, next: last - 1 };
    count = next < first - 1 ? 1 : Math.min(2 * count, TOGETHER);
    last = next;
  }
  return found.toReversed();
}

function isSingle(log: ManifestLog, number: number): boolean {
  return log.keyOf(number) === manifestKey(number);
}

/** Runs of one manifest, the last one first. */
async function singlesBefore(log: ManifestLog, last: number, count: number): Promise<Run[]> {
  const numbers = Array.from({ length: count }, (_, index) => last - index).filter((number) => number > 0 && isSingle(log, number));
  return Promise.all(
    numbers.map(async (number) => {
      const found = await log.read(number);
      return {
        first: number,
        found: (found?.catalog ?? []).length === 0 || found === null ? [] : [found],
        next: before(number, found?.facts),
      };
    }),
  );
}

/** Runs of a page, the last one first. */
async function pagesBefore(store: ObjectStore, last: number, count: number): Promise<Run[]> {
  const k = Math.floor((last - 1) / MANIFESTS_PER_PAGE);
  return Promise.all(Array.from({ length: Math.min(count, k + 1) }, (_, index) => runOf(store, k - index, last)));
}

async function runOf(store: ObjectStore, k: number, last: number): Promise<Run> {
  const lines = (await readPage(store, k, MANIFESTS_PER_PAGE)).map(
    (line) => line && Buffer.from(line.buffer, line.byteOffset, line.length),
  );
  const first = k * MANIFESTS_PER_PAGE + 1;
  const found = lines.flatMap((line, index) => {
    if (line === null || first + index > last || line.includes(WITHOUT_EVENTS)) return [];
    return decodeManifest(first + index, line, `line ${index + 1} of ${pageKey(k)}`);
  });
  return { first, found, next: before(first, FACTS.exec(lines.find((line) => line !== null)?.toString() ?? '')?.[1]) };
}

/** The greatest number below `first` that may have events. `facts`: those that `first` names. */
function before(first: number, facts: string | undefined): number {
  const since = facts === undefined ? null : parseFactsKey(facts)?.number;
  return since === null || since === undefined ? first - 1 : Math.min(first - 1, since);
}
