import type { SourceHealth } from '../postgres/slot/source-health.ts';

/** How much WAL the source may keep for us, and how much of that it does. */
export interface WalBudget {
  /** null: nobody set a budget, and nothing is known that it could be half of. */
  readonly budgetBytes: number | null;
  /** Of the budget, 1 is all of it; null: unknown. */
  readonly share: number | null;
  readonly level: WalLevel;
}

/**
 * From half of the budget on a warning, from three quarters an alert; what is beyond all of it is
 * acted upon.
 */
export type WalLevel = 'unknown' | 'fine' | 'warn' | 'alert' | 'spent';

/**
 * `asked`: what the configuration says; null: half of the smaller of the slot's limit and the free
 * disk.
 */
export function walBudget(asked: number | null, health: SourceHealth | null, retainedBytes: number | null): WalBudget {
  const known = [health?.walKeepBytes ?? null, freeBefore(health, retainedBytes)].filter((bytes) => bytes !== null);
  const budgetBytes = asked ?? (known.length === 0 ? null : Math.min(...known) / 2);
  const share = budgetBytes === null || retainedBytes === null ? null : retainedBytes / budgetBytes;
  return { budgetBytes, share, level: share === null ? 'unknown' : levelOf(share) };
}

/**
 * What is kept already is not free any more, and counts as room: else the budget would shrink as it
 * is used.
 */
function freeBefore(health: SourceHealth | null, retainedBytes: number | null): number | null {
  const free = health?.diskFreeBytes ?? null;
  return free === null ? null : free + (retainedBytes ?? 0);
}

function levelOf(share: number): WalLevel {
  if (share >= 1) return 'spent';
  if (share >= 0.75) return 'alert';
  return share >= 0.5 ? 'warn' : 'fine';
}
