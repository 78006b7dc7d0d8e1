import type { Alert, Condition, Notice } from './alert.ts';

/** What was resolved and is there again within this time was never resolved: nobody is told twice. */
const CLEAR_MS = 10_000;

/** Turns conditions, look by look, into what somebody is told: each trouble once when it is raised and once when it is over. Pure: times are arguments. */
export class AlertBook {
  readonly #active: Map<string, Alert>;
  readonly #firstSeenMs = new Map<string, number>();
  readonly #lastSeenMs = new Map<string, number>();

  /** `active`: what somebody was told of before, by a process that is gone. */
  constructor(active: readonly Alert[] = []) {
    this.#active = new Map(active.map((alert) => [alert.key, alert]));
  }

  get active(): readonly Alert[] {
    return [...this.#active.values()];
  }

  /** All that holds now → what is to be told. */
  look(conditions: readonly Condition[], nowMs: number): Notice[] {
    const at = new Date(nowMs).toISOString();
    const raised = conditions.flatMap((condition): Notice[] => {
      const alert = this.#raise(condition, nowMs);
      return alert === null ? [] : [{ status: 'raised', at, alert }];
    });
    return [...raised, ...this.#resolve(new Set(conditions.map(({ key }) => key)), nowMs)];
  }

  #raise({ holdMs, ...condition }: Condition, nowMs: number): Alert | null {
    const { key } = condition;
    this.#lastSeenMs.set(key, nowMs);
    const firstMs = this.#firstSeenMs.get(key) ?? nowMs;
    this.#firstSeenMs.set(key, firstMs);
    const known = this.#active.get(key);
    if (known === undefined && nowMs - firstMs < holdMs) return null;
    const alert = { ...condition, since: known?.since ?? new Date(nowMs).toISOString() };
    this.#active.set(key, alert);
    const worse = known?.severity === 'warn' && condition.severity === 'alert';
    return known === undefined || worse ? alert : null;
  }

  #resolve(present: ReadonlySet<string>, nowMs: number): Notice[] {
    for (const key of this.#firstSeenMs.keys()) if (!present.has(key) && !this.#active.has(key)) this.#firstSeenMs.delete(key);
    return this.active.flatMap((alert): Notice[] => {
      if (present.has(alert.key)) return [];
      const lastMs = this.#lastSeenMs.get(alert.key);
      // Known from an earlier process: the clearing time begins with the first look.
      if (lastMs === undefined) this.#lastSeenMs.set(alert.key, nowMs);
      if (nowMs - (lastMs ?? nowMs) < CLEAR_MS) return [];
      this.#active.delete(alert.key);
      this.#firstSeenMs.delete(alert.key);
      this.#lastSeenMs.delete(alert.key);
      return [{ status: 'resolved', at: new Date(nowMs).toISOString(), alert }];
    });
  }
}
