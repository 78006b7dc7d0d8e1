import { parseLsn } from '../core/lsn.ts';
import { epochOf } from '../core/table.ts';
import { parseDataKey } from './keys.ts';
import type { FileEntry, Manifest, StoredManifest } from './manifest.ts';

/** A rule at the head of manifest.ts that does not hold, by its name, and what was found. */
export interface BrokenRule {
  readonly rule: string;
  readonly found: string;
}

/** Null where the rule holds, else what was found. */
type Check<T extends readonly unknown[]> = (...of: T) => string | null;
/** Rules by name, in the order in which they are checked. */
type Checks<T extends readonly unknown[]> = readonly (readonly [rule: string, check: Check<T>])[];

const MANIFEST_RULES = Object.entries<Check<[Manifest, number]>>({
  number: ({ number }, named) => (number === named ? null : `${number} in the object of ${named}`),
  positions: ({ from, to }) => (parseLsn(from) <= parseLsn(to) ? null : `from ${from} to ${to}`),
  heartbeat: ({ heartbeat, files, catalog }) =>
    heartbeat === (files.length + catalog.length === 0) ? null : `${heartbeat} with ${files.length} files and ${catalog.length} events`,
  commitTimes: ({ commitTimes }) => (commitTimes === null || commitTimes[0] <= commitTimes[1] ? null : commitTimes.join(' before ')),
  anchor: ({ anchor, to }) => (anchor == null || parseLsn(anchor.lsn) < parseLsn(to) ? null : `${anchor.lsn} in a batch to ${to}`),
  onceNamed({ files }) {
    const paths = new Set<string>();
    for (const { path } of files) {
      if (paths.has(path)) return `${path} twice`;
      paths.add(path);
    }
    return null;
  },
  ofTheEpoch({ epoch, files }) {
    const other = files.find(({ tableId }) => epochOf(tableId) !== epoch);
    return other === undefined ? null : `rows of table ${other.tableId} in epoch ${epoch}`;
  },
  commitRange({ from, to, files }) {
    const outside = files.find(({ minCommitLsn, maxCommitLsn }) => !isWithin([from, minCommitLsn, maxCommitLsn], to));
    return outside === undefined ? null : `commits from ${outside.minCommitLsn} to ${outside.maxCommitLsn} between ${from} and ${to}`;
  },
  commitOrder({ files }) {
    const ends = new Map<string, string>();
    for (const { path, tableId, minCommitLsn, maxCommitLsn } of files) {
      const end = ends.get(tableId);
      if (end !== undefined && minCommitLsn !== undefined && parseLsn(end) > parseLsn(minCommitLsn)) return `${path} after commit ${end}`;
      if (maxCommitLsn !== undefined) ends.set(tableId, maxCommitLsn);
    }
    return null;
  },
});

const LINK_RULES = Object.entries<Check<[StoredManifest, Manifest]>>({
  chain: ({ hash }, { previous }) => (previous === undefined || previous === hash ? null : `${previous} after ${hash}`),
  epochs: (before, next) => (before.epoch <= next.epoch ? null : `epoch ${next.epoch} after epoch ${before.epoch}`),
  noGap: (before, next) =>
    before.epoch !== next.epoch || parseLsn(next.from) <= parseLsn(before.to) ? null : `from ${next.from} after ${before.to}`,
});

const FILE_RULES = Object.entries<Check<[FileEntry]>>({
  path: ({ path, tableId }) => (parseDataKey(path) !== null && path.startsWith(`data/${tableId}/`) ? null : `${path} of table ${tableId}`),
  counts({ rows, inserts, updates, deletes, truncates, keyChanges }) {
    const changes = inserts + updates + deletes + truncates + keyChanges;
    return changes === rows ? null : `${changes} changes in ${rows} rows`;
  },
  unchanged: ({ rows, unchanged }) => (unchanged <= rows ? null : `${unchanged} of ${rows} rows`),
  streamed({ commitLsn, commitTime, topXid, abortedXids, minCommitLsn, maxCommitLsn }) {
    const facts = [commitLsn, commitTime, topXid].filter((fact) => fact !== undefined).length;
    if (facts === 0) return abortedXids === undefined ? null : 'aborted transactions without a commit';
    if (facts < 3) return 'a part of its commit';
    return minCommitLsn === commitLsn && maxCommitLsn === commitLsn
      ? null
      : `commit ${commitLsn} with rows of ${minCommitLsn} to ${maxCommitLsn}`;
  },
});

/** The first rule of the manifest itself that is broken; `named`: the number in its key. */
export function brokenManifestRule(manifest: Manifest, named: number): BrokenRule | null {
  return firstBroken(MANIFEST_RULES, manifest, named);
}

/** The first rule between two manifests that is broken; their numbers follow each other. */
export function brokenLinkRule(before: StoredManifest, next: Manifest): BrokenRule | null {
  return firstBroken(LINK_RULES, before, next);
}

/** The first rule of one file that is broken. It concerns its table alone. */
export function brokenFileRule(file: FileEntry): BrokenRule | null {
  return firstBroken(FILE_RULES, file);
}

function firstBroken<T extends readonly unknown[]>(checks: Checks<T>, ...of: T): BrokenRule | null {
  for (const [rule, check] of checks) {
    const found = check(...of);
    if (found !== null) return { rule, found };
  }
  return null;
}

/** `from` ≤ least ≤ greatest < `to`; manifests of older versions may not say them. */
function isWithin([from, least, greatest]: readonly [string, string | undefined, string | undefined], to: string): boolean {
  if (least === undefined || greatest === undefined) return least === greatest;
  return parseLsn(from) <= parseLsn(least) && parseLsn(least) <= parseLsn(greatest) && parseLsn(greatest) < parseLsn(to);
}
