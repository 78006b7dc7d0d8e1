import type { ManifestLog } from '../manifest-log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sweepCopies } from './broken-copies.ts';
import { sweepFacts } from './old-facts.ts';
import { sweepLeases } from './old-leases.ts';
import { sweepPauses } from './old-pauses.ts';
import { sweepRequests } from './old-requests.ts';
import { storeNowMs } from './sweep-look.ts';

/** What a turn removed. */
export interface SmallSweep {
  readonly facts: number;
  readonly requests: number;
  readonly copies: number;
  readonly leases: number;
  readonly pauses: number;
}

/**
 * Removes the small objects of a lake that nothing needs any more: facts that were replaced,
 * answers to requests, copies that were broken off, old leases and pauses. Each kind goes by a rule
 * that holds for any writer, however late: names that can no longer come back, or answers that
 * exist. Times, by the clock of the store alone, only keep things longer.
 */
export class SmallObjects {
  readonly #store: ObjectStore;
  readonly #manifests: ManifestLog;

  constructor(store: ObjectStore, manifests: ManifestLog) {
    this.#store = store;
    this.#manifests = manifests;
  }

  /** One turn. Costs a listing of each kind. */
  async sweep(): Promise<SmallSweep> {
    const nowMs = await storeNowMs(this.#store);
    const requests = await sweepRequests(this.#store, nowMs);
    const copies = await sweepCopies(this.#store, nowMs);
    const leases = await sweepLeases(this.#store, nowMs);
    const pauses = await sweepPauses(this.#store, nowMs);
    const facts = await sweepFacts(this.#store, { manifests: this.#manifests, nowMs });
    return { facts, requests, copies, leases, pauses };
  }
}
