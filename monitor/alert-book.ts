import { isoTime } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import type { Alert, Condition, Notice } from './alert.ts';

/**
 * An alert is resolved when its condition has been gone for this long. A condition that returns
 * sooner raises no second notice.
 */
const CLEAR_MS = 10_000;

/**
 * Turns the conditions of each look into notices: one when a problem is raised, one when it gets
 * worse, one when it is over. Pure: times are arguments.
 */
export class AlertBook {
  readonly #active: Map<string, Alert>;
  readonly #firstSeenMs = new Map<string, number>();
  readonly #lastSeenMs = new Map<string, number>();

  /** `active`: alerts that an earlier process raised. */
  constructor(active: readonly Alert[] = []) {
    this.#active = new Map(active.map((alert) => [alert.key, alert]));
  }

  get active(): readonly Alert[] {
    return [...this.#active.values()];
  }

  /** All conditions of this look → the notices to send. */
  look(conditions: readonly Condition[], now: Moment): Notice[] {
    const at = isoTime(now.wallMs);
    const raised = conditions.flatMap((condition): Notice[] => {
      const alert = this.#raise(condition, now);
      return alert === null ? [] : [{ status: 'raised', at, alert }];
    });
    return [...raised, ...this.#resolve(new Set(conditions.map(({ key }) => key)), now)];
  }

  #raise({ holdMs, ...condition }: Condition, { wallMs, elapsedMs }: Moment): Alert | null {
    const { key } = condition;
    this.#lastSeenMs.set(key, elapsedMs);
    const firstMs = this.#firstSeenMs.get(key) ?? elapsedMs;
    this.#firstSeenMs.set(key, firstMs);
    const known = this.#active.get(key);
    if (known === undefined && elapsedMs - firstMs < holdMs) return null;
    const alert = { ...known, ...condition, since: known?.since ?? isoTime(wallMs) };
    this.#active.set(key, alert);
    const worse = known?.severity === 'warn' && condition.severity === 'alert';
    return known === undefined || worse ? alert : null;
  }

  #resolve(present: ReadonlySet<string>, { wallMs, elapsedMs }: Moment): Notice[] {
    for (const key of this.#firstSeenMs.keys()) if (!present.has(key) && !this.#active.has(key)) this.#firstSeenMs.delete(key);
    return this.active.flatMap((alert): Notice[] => {
      if (present.has(alert.key)) return [];
      const lastMs = this.#lastSeenMs.get(alert.key);
      // An earlier process raised it: its time to clear starts with the first look.
      if (lastMs === undefined) this.#lastSeenMs.set(alert.key, elapsedMs);
      if (elapsedMs - (lastMs ?? elapsedMs) < CLEAR_MS) return [];
      this.#active.delete(alert.key);
      this.#firstSeenMs.delete(alert.key);
      this.#lastSeenMs.delete(alert.key);
      return [{ status: 'resolved', at: isoTime(wallMs), alert }];
    });
  }
}
