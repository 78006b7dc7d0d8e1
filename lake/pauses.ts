import { z } from 'zod';
import { isoTime } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import { readJson, putJson } from './json-object.ts';
import { PAUSE_PREFIX, parsePauseKey, pauseKey } from './keys.ts';
import { lastThatIs } from './last-that-is.ts';
import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';

/** Each look is a request per role, which costs money on S3. */
const LOOK_EVERY_MS = 10_000;
const LOOK_EVERY_S3_MS = 60_000;

/** Roles that can be paused: those that write. */
export const PAUSABLE_ROLES = ['replicate', 'snapshot', 'compact'] as const;
export type PausableRole = (typeof PAUSABLE_ROLES)[number];

/**
 * The pauses of a role and their ends are `pause/<role>-<n>.json`, numbered from 1 and put once.
 * The last one counts. The first one stays as well, and the others go from the least on.
 */
const pauseRecord = z.object({
  n: z.int().positive(),
  role: z.enum(PAUSABLE_ROLES),
  /** false: the role works from here on */
  paused: z.boolean(),
  /** when a pause ends by itself, by the wall clock; null: it does not */
  until: z.string().nullable(),
  /** why the pause was ended, where no person did it */
  reason: z.string().optional(),
  at: z.string(),
});
export type PauseRecord = z.infer<typeof pauseRecord>;

/** A pause that holds now. */
export interface Pause {
  readonly role: PausableRole;
  readonly until: string | null;
}

/** Follows the pauses of one role; costs one request or two while nothing changes. */
export class PauseLog {
  readonly #store: ObjectStore;
  readonly #role: PausableRole;
  #last: PauseRecord | null = null;

  constructor(store: ObjectStore, role: PausableRole) {
    this.#store = store;
    this.#role = role;
  }

  /** The pause that holds at this wall-clock time; null: the role works. */
  async now(wallMs: number): Promise<Pause | null> {
    const last = await this.#newest();
    if (last === null || !last.paused || (last.until !== null && Date.parse(last.until) <= wallMs)) return null;
    return { role: last.role, until: last.until };
  }

  /** Pauses the role until a time by the wall clock; null: until it is resumed. */
  async pause(wallMs: number, untilMs: number | null): Promise<void> {
    await this.#put({ paused: true, until: untilMs === null ? null : isoTime(untilMs), at: isoTime(wallMs) });
  }

  /** Lets the role work. `reason`: why, where no person asked for it. */
  async resume(wallMs: number, reason: string | null = null): Promise<void> {
    await this.#put({ paused: false, until: null, at: isoTime(wallMs), ...(reason === null ? {} : { reason }) });
  }

  async #newest(): Promise<PauseRecord | null> {
    const known = this.#last?.n ?? 0;
    const n = await this.#newestNumber(known);
    if (n > known) this.#last = await readJson(this.#store, pauseRecord, pauseKey(this.#role, n));
    return this.#last;
  }

  /**
   * None follows the first number where it is missing, or the known one while it is there: those
   * before one that goes are gone.
   */
  async #newestNumber(known: number): Promise<number> {
    const isThere = async (number: number): Promise<boolean> => (await this.#store.head(pauseKey(this.#role, number))) !== null;
    const follows = await isThere(known + 1);
    if (!follows && (known === 0 || (known > 1 && (await isThere(known))))) return known;
    let listed = known;
    for await (const key of keysOf(this.#store, PAUSE_PREFIX)) {
      const of = parsePauseKey(key);
      if (of?.role === this.#role) listed = Math.max(listed, of.n);
    }
    return lastThatIs(isThere, listed);
  }

  /** A number that another process has just put is left to it. */
  async #put(what: Omit<PauseRecord, 'n' | 'role'>): Promise<void> {
    for (;;) {
      const n = ((await this.#newest())?.n ?? 0) + 1;
      if ((await putJson(this.#store, pauseKey(this.#role, n), { ...what, n, role: this.#role })) === 'stored') return;
    }
  }
}

/** Follows the pauses of all roles; looks at the lake from time to time. */
export class Pauses {
  readonly #logs: readonly PauseLog[];
  readonly #everyMs: number;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #found: readonly Pause[] = [];

  constructor(store: ObjectStore) {
    this.#logs = PAUSABLE_ROLES.map((role) => new PauseLog(store, role));
    this.#everyMs = store.location.kind === 's3' ? LOOK_EVERY_S3_MS : LOOK_EVERY_MS;
  }

  /** The pauses that hold. */
  async now({ wallMs, elapsedMs }: Moment): Promise<readonly Pause[]> {
    if (elapsedMs - this.#lookedAtMs < this.#everyMs) return this.#found;
    this.#found = (await Promise.all(this.#logs.map((log) => log.now(wallMs)))).filter((pause) => pause !== null);
    this.#lookedAtMs = elapsedMs;
    return this.#found;
  }
}
