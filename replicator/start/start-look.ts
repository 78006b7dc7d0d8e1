import { TailraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { readEpochs } from '../../lake/epoch.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import type { SourceOptions, SqlConnection } from '../../postgres/session/connect.ts';
import { publicationOids } from '../../postgres/publication/publication.ts';
import { publicationNames } from '../../postgres/publication/publication-plan.ts';
import { readSlot } from '../../postgres/slot/slot.ts';
import type { SlotFacts } from '../../postgres/slot/slot.ts';
import type { SourceSystem } from '../../postgres/session/system.ts';
import { branchPoint } from '../../postgres/stream/timeline.ts';
import { FactsStore, factsOfLast } from '../catalog/facts-store.ts';
import type { SourceFacts } from '../catalog/stored-facts.ts';
import { decideStart } from './gap.ts';
import type { StartDecision } from './gap.ts';
import { proveLog } from './prove-log.ts';

/** What the look before a session needs. */
export interface LookOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  readonly system: SourceSystem;
  readonly lake: LakeInfo;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The decision, and what the lake has. */
export interface StartLook {
  readonly decision: StartDecision;
  /** Newest manifest, also of an earlier epoch. */
  readonly last: StoredManifest | null;
  /** Where the session continues: the newest manifest, except heartbeats that a failover lost. */
  readonly kept: StoredManifest | null;
  readonly factsOfKept: SourceFacts | null;
  readonly slot: SlotFacts | null;
  /** All, oldest first. */
  readonly epochs: readonly EpochInfo[];
}

/** Codes of a failed start of the stream that mean missing changes. */
const GAPS: readonly ErrorCode[] = ['GAP', 'SLOT_LOST', 'PUBLICATION_LOST'];

/**
 * Reads the state of lake and source and decides how a session begins. If the slot lags behind the
 * lake, the log must prove that it is the lake's. SLOT_IN_USE while another process reads from the
 * slot, and the codes of lake and source.
 */
export async function lookBeforeStart(connection: SqlConnection, options: LookOptions): Promise<StartLook> {
  const { source, store, log, system, lake } = options;
  // The slot is read first. Its holder moves it only after the lake's last manifest, so a manifest
  // that is read later is never behind the slot.
  const slot = await readSlot(connection, lake.name);
  const epochs = await readEpochs(store);
  const epoch = epochs.at(-1) ?? null;
  const manifests = new ManifestLog(store, log);
  const last = epoch === null ? await manifests.last() : await manifests.lastOf(epoch);
  if (slot?.active === true) {
    throw new TailraceError(
      'SLOT_IN_USE',
      `another process reads from the slot ${lake.name} (server process ${slot.activePid ?? 'unknown'})`,
    );
  }
  const lastFacts = await factsOfLast(store, manifests, last);
  const timeline = lastFacts?.timeline ?? epoch?.timeline ?? null;
  const branchedAt =
    timeline === null || timeline >= system.timeline ? null : ((await branchPoint(source, timeline, system.timeline)) ?? 0n);
  const publications = { known: lastFacts?.publications ?? null, now: await publicationOids(connection, lake.name) };
  const kept = branchedAt === null ? last : await lastBelow(branchedAt, last, options);
  const factsOfKept = kept === last ? lastFacts : await factsOf(kept, store);
  const decision = decideStart({ epoch, last: kept, slot, system, timeline, branchedAt, publications });
  const found = { last, kept, factsOfKept, slot, epochs };
  return { ...found, decision: (await historyGap(options, { ...found, decision })) ?? decision };
}

async function factsOf(manifest: StoredManifest | null, store: ObjectStore): Promise<SourceFacts | null> {
  return manifest?.facts === undefined ? null : await new FactsStore(store).get(manifest.facts);
}

/**
 * A failover that lost only heartbeats lost nothing. Returns the newest manifest below the branch,
 * if above it there are only heartbeats and no copies; otherwise the last manifest.
 */
async function lastBelow(branchedAt: Lsn, last: StoredManifest | null, { store, log }: LookOptions): Promise<StoredManifest | null> {
  const manifests = new ManifestLog(store, log);
  let at = last;
  while (at !== null && at.epoch === last?.epoch && at.heartbeat && parseLsn(at.to) > branchedAt) at = await manifests.read(at.number - 1);
  if (at === null || at.epoch !== last?.epoch || parseLsn(at.to) > branchedAt) return last;
  if (at === last) return last;
  const { epoch } = at;
  const points = (await listGenerations(store))
    .filter(({ plan }) => plan.epoch === epoch)
    .flatMap(({ plan, chunks }) => [plan.consistentPoint, ...chunks.flatMap(({ consistentPoint }) => consistentPoint ?? [])]);
  return points.some((point) => parseLsn(point) > branchedAt) ? last : at;
}

/**
 * A source that was restored to an older state and written to again looks like the right one; only
 * its log tells. Null if the log proved itself, or cannot.
 */
async function historyGap(options: LookOptions, { decision, kept, slot }: StartLook): Promise<StartDecision | null> {
  const confirmed = slot?.confirmedFlush ?? null;
  if (decision.kind !== 'stream' || confirmed === null || confirmed === decision.from) return null;
  const { source, system, lake, log, signal } = options;
  // A manifest from before there were anchors. The next commit brings one.
  if (kept?.anchor === undefined) return null;
  try {
    const what = await proveLog({
      source,
      slot: lake.name,
      publications: Object.values(publicationNames(lake.name)),
      looked: { system, confirmed },
      confirmed,
      to: decision.from,
      anchor: kept.anchor,
      log,
      signal,
    });
    return what === null ? null : { kind: 'gap', code: 'GAP', what };
  } catch (error) {
    if (error instanceof TailraceError && GAPS.includes(error.code))
      return { kind: 'gap', code: error.code, what: 'the slot or a publication was lost while the log was read' };
    throw error;
  }
}
