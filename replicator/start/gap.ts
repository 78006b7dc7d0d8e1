import type { ErrorCode } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { SlotFacts } from '../../postgres/slot/slot.ts';
import type { SourceSystem } from '../../postgres/session/system.ts';

/** The state of lake and source when a session begins. */
export interface StartFacts {
  /** The newest epoch; null: there is none. */
  readonly epoch: EpochInfo | null;
  readonly last: Pick<Manifest, 'epoch' | 'to'> | null;
  readonly slot: Omit<SlotFacts, 'name'> | null;
  readonly system: SourceSystem;
  /** The timeline that the lake last streamed from; null: unknown. */
  readonly timeline: number | null;
  /**
   * Where the source's timeline branched off from the one that the lake last streamed from. Null:
   * it is the same or an older one; 0: unknown.
   */
  readonly branchedAt: Lsn | null;
  /**
   * Oids of our publications: as the writer of the last manifest knew them (null: unknown), and
   * now.
   */
  readonly publications: { readonly known: readonly number[] | null; readonly now: readonly number[] };
}

/**
 * `make`: there is no epoch yet; a slot of our name is left from an incomplete start and is
 * dropped. `stream`: continue at `from`. `gap`: changes are missing.
 */
export type StartDecision =
  | { readonly kind: 'make'; readonly dropSlot: boolean }
  | { readonly kind: 'stream'; readonly epoch: EpochInfo; readonly from: Lsn }
  | { readonly kind: 'gap'; readonly code: ErrorCode; readonly what: string };

/**
 * Decides how a session begins. It streams only if nothing can be missing between lake and slot.
 */
export function decideStart(facts: StartFacts): StartDecision {
  const { epoch, slot, system } = facts;
  if (epoch === null) return { kind: 'make', dropSlot: slot !== null };
  const from = positionOf(epoch, facts.last);
  if (system.systemId !== epoch.systemId) {
    return gap('LAKE_OF_ANOTHER_SOURCE', `the lake was made from system ${epoch.systemId}, but the source is system ${system.systemId}`);
  }
  if (from > system.flushLsn) {
    return gap(
      'GAP',
      `the lake ends at ${formatLsn(from)}, but the source is only at ${formatLsn(system.flushLsn)}: the source was restored to an older state`,
    );
  }
  if (facts.timeline !== null && system.timeline < facts.timeline) {
    const { timeline } = system;
    return gap(
      'GAP',
      `the source is on timeline ${timeline}, but the lake was already streamed from timeline ${facts.timeline}: the source is an old primary or a restored backup`,
    );
  }
  if (facts.branchedAt !== null && facts.branchedAt < from) {
    return gap(
      'GAP',
      `the source switched to timeline ${system.timeline} before ${formatLsn(from)}, where the lake ends: the lake has transactions that this server lost`,
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
  if (slot === null) return gap('SLOT_LOST', `the slot ${name} does not exist`);
  if (slot.walStatus === 'lost' || slot.confirmedFlush === null) {
    const why = slot.invalidationReason === null ? 'the WAL it needs was removed' : `it was invalidated (${slot.invalidationReason})`;
    return gap('SLOT_LOST', `the slot ${name} is no longer usable: ${why}`);
  }
  if (slot.plugin !== 'pgoutput' || slot.database !== system.database || slot.temporary || slot.twoPhase) {
    return gap('GAP', `the slot ${name} was created again by someone else (plugin ${slot.plugin}, database ${slot.database})`);
  }
  if (slot.confirmedFlush < parseLsn(epoch.consistentPoint)) {
    return gap(
      'GAP',
      `the slot ${name} is at ${formatLsn(slot.confirmedFlush)}, before ${epoch.consistentPoint}, where it was created: the source was restored to an older state`,
    );
  }
  if (slot.confirmedFlush > from) {
    return gap(
      'GAP',
      `the slot ${name} is at ${formatLsn(slot.confirmedFlush)}, but the lake ends at ${formatLsn(from)}: the changes in between were never received`,
    );
  }
  return null;
}

function publicationGap({ publications: { known, now } }: StartFacts): StartDecision | null {
  if (known === null ? now.length === 2 : known.join() === now.join()) return null;
  return gap('PUBLICATION_LOST', 'a publication of tailrace was dropped, or dropped and created again: changes in between were not sent');
}

function gap(code: ErrorCode, what: string): StartDecision {
  return { kind: 'gap', code, what };
}
