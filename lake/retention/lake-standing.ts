import { isoTime } from '../../core/time.ts';
import { sweepKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { EXPECTED_HOLDS } from './floors.ts';
import { lastLook } from './sweep-look.ts';

/** What the last look of the sweeper says of the whole lake. Field names are a contract. */
export interface LakeStanding {
  /** Size at that look; null: there was none yet. */
  readonly objects: number | null;
  readonly bytes: number | null;
  /** When that look was stored, by the clock of the store. */
  readonly sizedAt: string | null;
  /** Bytes that it grows by in a day, between the last two looks. */
  readonly growthPerDay: number | null;
  /** The lowest floor of all tables: batches above it are all there. */
  readonly floor: number | null;
  /** Tables whose old batches would have gone, and what needs them still. */
  readonly heldBy: readonly { readonly table: string; readonly reason: string }[];
}

export const NO_STANDING: LakeStanding = { objects: null, bytes: null, sizedAt: null, growthPerDay: null, floor: null, heldBy: [] };

/** Least time between two requests for a later look. */
const ASK_EVERY_MS = 60_000;

/** Reads the last look repeatedly, at the price of a request a minute. */
export class LakeStandingReading {
  readonly #store: ObjectStore;
  #number = 0;
  #standing = NO_STANDING;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** `elapsedMs`: by a clock that never steps. */
  async read(elapsedMs: number): Promise<LakeStanding> {
    if (elapsedMs - this.#askedAtMs < ASK_EVERY_MS) return this.#standing;
    this.#askedAtMs = elapsedMs;
    if (this.#number > 0 && (await this.#store.head(sweepKey(this.#number + 1))) === null) return this.#standing;
    const last = await lastLook(this.#store);
    if (last === null) return this.#standing;
    const { number, floors = [], size, growthPerDay = null } = last.look;
    const going = floors.filter(({ whole }) => whole !== true);
    this.#number = number;
    this.#standing = {
      objects: size?.objects ?? null,
      bytes: size?.bytes ?? null,
      sizedAt: isoTime(last.atMs),
      growthPerDay,
      floor: going.length === 0 ? null : Math.min(...going.map(({ manifest }) => manifest)),
      heldBy: going.flatMap(({ table, heldBy }) => (EXPECTED_HOLDS.has(heldBy) ? [] : [{ table, reason: heldBy }])),
    };
    return this.#standing;
  }
}
