import type { SourceHealth } from '../postgres/slot/source-health.ts';

/** How much WAL the source may keep for tailrace, and how much of that it keeps. */
export interface WalBudget {
  /** null: no budget is set, and the room it would be half of is unknown. */
  readonly budgetBytes: number | null;
  /** Kept WAL over the budget: 1 is all of it; null: unknown. */
  readonly share: number | null;
  readonly level: WalLevel;
}

/**
 * `warn` from half of the budget on, `alert` from three quarters on. At `spent`, `walBudgetAction`
 * decides.
 */
type WalLevel = 'unknown' | 'fine' | 'warn' | 'alert' | 'spent';

/**
 * `asked`: the configured budget. Null: half of the smaller of the slot's limit and the free disk.
 */
export function walBudget(asked: number | null, health: SourceHealth | null, retainedBytes: number | null): WalBudget {
  const known = [health?.walKeepBytes ?? null, freeBefore(health, retainedBytes)].filter((bytes) => bytes !== null);
  const budgetBytes = asked ?? (known.length === 0 ? null : Math.min(...known) / 2);
  const share = budgetBytes === null || retainedBytes === null ? null : retainedBytes / budgetBytes;
  return { budgetBytes, share, level: share === null ? 'unknown' : levelOf(share) };
}

/**
 * WAL that is already kept counts as room although it is no longer free. Otherwise the budget would
 * shrink as it is used.
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
