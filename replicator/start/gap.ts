import type { ErrorCode } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { SlotFacts } from '../../postgres/slot/slot.ts';
import type { SourceSystem } from '../../postgres/session/system.ts';

/** What lake and source say when a session begins. */
export interface StartFacts {
  /** Of the newest epoch; null: none was ever made. */
  readonly epoch: EpochInfo | null;
  readonly last: Pick<Manifest, 'epoch' | 'to'> | null;
  readonly slot: Omit<SlotFacts, 'name'> | null;
  readonly system: SourceSystem;
  /** The one that the lake last streamed from; null: nobody knows. */
  readonly timeline: number | null;
  /**
   * Where the source's timeline left the one the lake last streamed from; null when it is the same
   * or an older one, 0 when that cannot be found out.
   */
  readonly branchedAt: Lsn | null;
  /**
   * Oids of our publications: as the last manifest's writer knew them (null: nobody did), and now.
   */
  readonly publications: { readonly known: readonly number[] | null; readonly now: readonly number[] };
}

/**
 * `make`: there is no epoch yet; a slot of our name is half-made and goes. `stream`: go on from
 * there. `gap`: changes are missing.
 */
export type StartDecision =
  | { readonly kind: 'make'; readonly dropSlot: boolean }
  | { readonly kind: 'stream'; readonly epoch: EpochInfo; readonly from: Lsn }
  | { readonly kind: 'gap'; readonly code: ErrorCode; readonly what: string };

/**
 * Decides how a session begins. Streaming goes on only where nothing can be missing between lake
 * and slot.
 */
export function decideStart(facts: StartFacts): StartDecision {
  const { epoch, slot, system } = facts;
  if (epoch === null) return { kind: 'make', dropSlot: slot !== null };
  const from = positionOf(epoch, facts.last);
  if (system.systemId !== epoch.systemId) {
    return gap('LAKE_OF_ANOTHER_SOURCE', `the lake was made from system ${epoch.systemId}, the source is system ${system.systemId}`);
  }
  if (from > system.flushLsn) {
    return gap(
      'GAP',
      `the lake ends at ${formatLsn(from)} but the source only at ${formatLsn(system.flushLsn)}: it was restored to an older state`,
    );
  }
  if (facts.timeline !== null && system.timeline < facts.timeline) {
    const { timeline } = system;
    return gap(
      'GAP',
      `the source is on timeline ${timeline}, the lake was streamed from timeline ${facts.timeline} already: an old primary came back, or a backup`,
    );
  }
  if (facts.branchedAt !== null && facts.branchedAt < from) {
    return gap(
      'GAP',
      `the source went over to timeline ${system.timeline} below ${formatLsn(from)}, where the lake ends: it lost transactions that the lake holds`,
    );
  }
  return slotGap(epoch, slot, system, from) ?? publicationGap(facts) ?? { kind: 'stream', epoch, from };
}

/** The last manifest's `to`, or where the epoch began when it has none. */
export function positionOf(epoch: EpochInfo, last: StartFacts['last']): Lsn {
  return parseLsn(last !== null && last.epoch === epoch.epoch ? last.to : epoch.consistentPoint);
}

function slotGap(epoch: EpochInfo, slot: StartFacts['slot'], system: SourceSystem, from: Lsn): StartDecision | null {
  const { slot: name } = epoch;
  if (slot === null) return gap('SLOT_LOST', `slot ${name} is gone`);
  if (slot.walStatus === 'lost' || slot.confirmedFlush === null) {
    const why = slot.invalidationReason === null ? 'the WAL it needs was removed' : `it was invalidated (${slot.invalidationReason})`;
    return gap('SLOT_LOST', `slot ${name} is of no use any more: ${why}`);
  }
  if (slot.plugin !== 'pgoutput' || slot.database !== system.database || slot.temporary || slot.twoPhase) {
    return gap('GAP', `slot ${name} was made anew by somebody else (plugin ${slot.plugin}, database ${slot.database})`);
  }
  if (slot.confirmedFlush < parseLsn(epoch.consistentPoint)) {
    return gap(
      'GAP',
      `slot ${name} stands at ${formatLsn(slot.confirmedFlush)}, below ${epoch.consistentPoint}, where it was made: the source was set back`,
    );
  }
  if (slot.confirmedFlush > from) {
    return gap(
      'GAP',
      `slot ${name} stands at ${formatLsn(slot.confirmedFlush)}, the lake ends at ${formatLsn(from)}: what lies between was never received`,
    );
  }
  return null;
}

function publicationGap({ publications: { known, now } }: StartFacts): StartDecision | null {
  if (known === null ? now.length === 2 : known.join() === now.join()) return null;
  return gap('PUBLICATION_LOST', 'a publication of ours was dropped or made anew: what was committed in between was not sent');
}

function gap(code: ErrorCode, what: string): StartDecision {
  return { kind: 'gap', code, what };
}
