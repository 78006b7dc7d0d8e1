import type { SourceFacts } from './source-facts.ts';

/** Where changes are held up, in the order in which they pass. */
export type Stage = 'source' | 'replicator' | 'lake' | 'snapshot' | 'compactor' | 'parked' | 'unpublished';

/** What makes something late: the guilty stage, and why in words for people. */
export interface Cause {
  readonly stage: Stage;
  readonly reason: string;
}

/**
 * What is known of the way from source to warehouse. Times in seconds by one clock, the source's.
 */
export interface WayFacts {
  /** Null: it does not answer. */
  readonly source: {
    readonly slot: Pick<NonNullable<SourceFacts['slot']>, 'walStatus' | 'active'> | null;
    readonly sender: SourceFacts['sender'];
  } | null;
  readonly slotName: string | null;
  /** Why the lake takes no writes; null: it does, or nobody tried. */
  readonly lakeRefuses: string | null;
  /** Since the newest commit in the lake; null: there is none. */
  readonly lakeSeconds: number | null;
  /** Since the as-of of the warehouse; null: nothing was applied. */
  readonly warehouseSeconds: number | null;
  /** Batches in the lake that the warehouse has not applied. */
  readonly batchesWaiting: number;
  /** Since the compactor was heard of; null: never. */
  readonly compactorSeconds: number | null;
  /**
   * How old the newest commit in the lake may be while all is well: heartbeats are so far apart,
   * and a little.
   */
  readonly expectedSeconds: number;
}

/** A compactor that lives says so far more often than this. */
export const SILENT_SECONDS = 60;
/** A walsender that has so much to send is the brake, whatever we do. */
const UNSENT_BYTES = 16 * 1024 * 1024;
/**
 * Asked by the server after 30 s (half of wal_sender_timeout), a replicator that lives answers at
 * once.
 */
const MUTE_SECONDS = 45;

/**
 * Why the way from source to warehouse is slow now; null when it is not. The first stage that holds
 * things up is named: what is behind it has nothing to do but wait. Pure.
 */
export function causeOf(facts: WayFacts): Cause | null {
  return lakeCause(facts) ?? compactorCause(facts);
}

function lakeCause({ source, slotName, lakeRefuses, lakeSeconds, expectedSeconds }: WayFacts): Cause | null {
  if (source === null) return { stage: 'source', reason: 'it does not answer' };
  if (slotName === null) return { stage: 'replicator', reason: 'nothing was replicated into this lake yet' };
  if (source.slot === null) return { stage: 'source', reason: `it has no slot ${slotName}` };
  if (source.slot.walStatus === 'lost') return { stage: 'source', reason: `it has given up slot ${slotName}` };
  if (lakeSeconds !== null && lakeSeconds <= expectedSeconds) return null;
  // Before the slot: a replicator that can store nothing leaves the source.
  if (lakeRefuses !== null) return { stage: 'lake', reason: `it takes no writes: ${lakeRefuses}` };
  if (!source.slot.active) return { stage: 'replicator', reason: 'none is connected to the slot' };
  const { unsentBytes, silentSeconds } = source.sender ?? {};
  if ((silentSeconds ?? 0) > MUTE_SECONDS)
    return { stage: 'replicator', reason: `it has not answered the source for ${Math.round(silentSeconds ?? 0)} s` };
  if ((unsentBytes ?? 0) > UNSENT_BYTES)
    return { stage: 'source', reason: `its walsender has ${Math.round((unsentBytes ?? 0) / 1024 / 1024)} MiB of WAL still to decode` };
  const since = lakeSeconds === null ? 'yet' : `for ${Math.round(lakeSeconds)} s`;
  return { stage: 'lake', reason: `nothing was stored ${since}, though all was sent: the store is slow or refuses` };
}

function compactorCause({ lakeSeconds, warehouseSeconds, batchesWaiting, compactorSeconds, expectedSeconds }: WayFacts): Cause | null {
  const behind = (warehouseSeconds ?? Number.POSITIVE_INFINITY) - (lakeSeconds ?? 0);
  if (batchesWaiting === 0 || behind <= expectedSeconds) return null;
  const waiting = `${batchesWaiting} batches wait`;
  if (compactorSeconds === null) return { stage: 'compactor', reason: `${waiting}, and none was ever heard of` };
  if (compactorSeconds > SILENT_SECONDS)
    return { stage: 'compactor', reason: `${waiting}, and none was heard of for ${Math.round(compactorSeconds)} s` };
  return { stage: 'compactor', reason: `${waiting} to be applied` };
}
