import { tableRetention } from '../../core/sections/table-retention.ts';
import type { ProofPolicy } from '../bases/counts.ts';
import type { KeepWish } from '../readers.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * A sweeper acts on a look only once it has known it for this long at most, by a clock that never
 * steps.
 */
const KNOWN_AT_MOST_MS = 2 * HOUR_MS;

/** What a sweeper keeps, and for how long. */
export interface SweepPolicy {
  /** Between putting an object on a list and deleting it, by the clock of the store. */
  readonly graceMs: number;
  /** How many copies and bases of each table stay. */
  readonly keepBases: number;
  /** A warehouse without news for this long is no longer waited for. */
  readonly readerTtlMs: number;
  readonly baseProof: ProofPolicy;
  /** For how long each moment of a table can be restored; null: for ever. */
  readonly retentionMs: (table: string) => number | null;
}

export const DEFAULT_GRACE_MS = DAY_MS;

export const DEFAULT_POLICY: SweepPolicy = {
  graceMs: DEFAULT_GRACE_MS,
  keepBases: 2,
  readerTtlMs: 30 * DAY_MS,
  baseProof: 'rebuild',
  retentionMs: () => 7 * DAY_MS,
};

/** How long a sweeper must have known a look before it acts on it, by a clock that never steps. */
export function knownMs(graceMs: number): number {
  return Math.min(KNOWN_AT_MOST_MS, graceMs / 2);
}

/**
 * The policy of a sweeper that also keeps what these warehouses ask for: the longest time, the most
 * bases, and no trust in unproven ones unless all have it.
 */
export function strictest(own: SweepPolicy, wishes: readonly KeepWish[]): SweepPolicy {
  const retentions = [own.retentionMs, ...wishes.map(({ tables, retention }) => tableRetention(tables, retention))];
  return {
    ...own,
    keepBases: Math.max(own.keepBases, ...wishes.map(({ bases }) => bases)),
    baseProof: own.baseProof === 'none' && wishes.some(({ proof }) => proof !== 'none') ? 'rebuild' : own.baseProof,
    retentionMs: (table) => longest(retentions.map((retentionOf) => retentionOf(table))),
  };
}

function longest(times: readonly (number | null)[]): number | null {
  return times.includes(null) ? null : Math.max(...times.filter((time) => time !== null));
}
