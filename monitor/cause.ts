import type { SourceFacts } from './source-facts.ts';

/** Where changes can be held up, in the order in which they pass. */
type Stage = 'source' | 'replicator' | 'lake' | 'snapshot' | 'compactor' | 'parked' | 'unpublished';

/** Why something is late: the stage that causes it, and the reason in words. */
export interface Cause {
  readonly stage: Stage;
  readonly reason: string;
}

/**
 * The state of the path from source to warehouse. Times are seconds by the source's clock.
 */
export interface WayFacts {
  /** Null: the source does not answer. */
  readonly source: {
    readonly slot: Pick<NonNullable<SourceFacts['slot']>, 'walStatus' | 'active'> | null;
    readonly sender: SourceFacts['sender'];
  } | null;
  readonly slotName: string | null;
  /** Why the lake rejects writes; null: it accepts them, or nothing was tried. */
  readonly lakeRefuses: string | null;
  /** Since the newest commit in the lake; null: the lake has none. */
  readonly lakeSeconds: number | null;
  /** Since the as-of of the warehouse; null: nothing is applied yet. */
  readonly warehouseSeconds: number | null;
  /** Batches in the lake that the warehouse has not applied. */
  readonly batchesWaiting: number;
  /** Since the compactor last reported; null: it never has. */
  readonly compactorSeconds: number | null;
  /** Why the compactor, which runs, can apply nothing; null: it has said nothing. */
  readonly compactorTrouble: string | null;
  /**
   * How old the newest commit in the lake may be while all is well: the interval of heartbeats and
   * a margin.
   */
  readonly expectedSeconds: number;
}

/** A running compactor reports far more often than this. */
export const SILENT_SECONDS = 60;
/** A walsender with more than this to send holds changes up by itself. */
const UNSENT_BYTES = 16 * 1024 * 1024;
/**
 * The server asks after 30 s (half of wal_sender_timeout), and a running replicator answers at
 * once.
 */
const MUTE_SECONDS = 45;

/**
 * Why the path from source to warehouse is slow now; null when it is not. The first stage that
 * holds changes up is named, because later stages only wait for it. Pure.
 */
export function causeOf(facts: WayFacts): Cause | null {
  return lakeCause(facts) ?? compactorCause(facts);
}

function lakeCause({ source, slotName, lakeRefuses, lakeSeconds, expectedSeconds }: WayFacts): Cause | null {
  if (source === null) return { stage: 'source', reason: 'it does not answer' };
  if (slotName === null) return { stage: 'replicator', reason: 'nothing has been replicated into this lake yet' };
  if (source.slot === null) return { stage: 'source', reason: `it has no slot ${slotName}` };
  if (source.slot.walStatus === 'lost') return { stage: 'source', reason: `it invalidated slot ${slotName}` };
  if (lakeSeconds !== null && lakeSeconds <= expectedSeconds) return null;
  // Asked before the slot: a replicator that cannot store anything disconnects from the source.
  if (lakeRefuses !== null) return { stage: 'lake', reason: `it rejects writes: ${lakeRefuses}` };
  if (!source.slot.active) return { stage: 'replicator', reason: 'no replicator is connected to the slot' };
  const { unsentBytes, silentSeconds } = source.sender ?? {};
  if ((silentSeconds ?? 0) > MUTE_SECONDS)
    return { stage: 'replicator', reason: `it has not answered the source for ${Math.round(silentSeconds ?? 0)} s` };
  if ((unsentBytes ?? 0) > UNSENT_BYTES)
    return { stage: 'source', reason: `its walsender still has ${Math.round((unsentBytes ?? 0) / 1024 / 1024)} MiB of WAL to decode` };
  const since = lakeSeconds === null ? 'yet' : `for ${Math.round(lakeSeconds)} s`;
  return { stage: 'lake', reason: `nothing has been stored ${since} although everything was sent; the store is slow or rejects writes` };
}

function compactorCause(facts: WayFacts): Cause | null {
  const { lakeSeconds, warehouseSeconds, batchesWaiting, compactorSeconds, compactorTrouble, expectedSeconds } = facts;
  if (batchesWaiting === 0) return null;
  const waiting = batchesWaiting === 1 ? '1 batch is waiting' : `${batchesWaiting} batches are waiting`;
  // It is known what is wrong before anything is late.
  if (compactorTrouble !== null && (compactorSeconds ?? 0) <= SILENT_SECONDS)
    return { stage: 'compactor', reason: `${waiting}: ${compactorTrouble}` };
  const behind = (warehouseSeconds ?? Number.POSITIVE_INFINITY) - (lakeSeconds ?? 0);
  if (behind <= expectedSeconds) return null;
  if (compactorSeconds === null) return { stage: 'compactor', reason: `${waiting}, and no compactor has ever reported` };
  if (compactorSeconds > SILENT_SECONDS)
    return { stage: 'compactor', reason: `${waiting}, and no compactor has reported for ${Math.round(compactorSeconds)} s` };
  return { stage: 'compactor', reason: `${waiting} to be applied` };
}
