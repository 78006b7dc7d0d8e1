import { failpoint } from '../core/failpoint.ts';
import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { moment } from '../core/time.ts';
import { requireNext } from './state/lake-history.ts';
import { readManifests } from './plan/read-manifests.ts';
import { frontAfter, NO_LSN } from './state/front.ts';
import type { Front } from './state/front.ts';
import type { WindowApplier } from './window.ts';
import { noteWindow } from './window-history.ts';
import type { CompactorContext } from './context.ts';
import type { Manifest, StoredManifest } from '../lake/manifest.ts';

/** What the front is moved with. */
export interface FrontParts {
  readonly context: CompactorContext;
  readonly applier: WindowApplier;
  /**
   * Takes the facts of batches about tables that no window is applied to. May be called again with
   * the same batches.
   */
  readonly takeFacts: (batches: readonly Manifest[]) => Promise<void>;
}

/** Moves all live tables together: everything that is there, up to the limits of a window. */
export class FrontMover {
  readonly #parts: FrontParts;
  #atEnd = false;
  readonly #wholeAt: number;
  #caughtUp = false;

  constructor(parts: FrontParts) {
    this.#parts = parts;
    const { state, window } = parts.context;
    this.#wholeAt = state.front.manifest + window.manifests;
  }

  /**
   * Whether the last move found the end of the lake. A caller that is notified of changes need not
   * look again then.
   */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /**
   * Whether every live table stands exactly at the front. An earlier process may have ended inside
   * a window, with some tables ahead. Its window ended within the lake as it was then, and within
   * the limits of a window.
   */
  get isWhole(): boolean {
    return this.#caughtUp || this.#parts.context.state.front.manifest >= this.#wholeAt;
  }

  /** Whether every live table stands exactly at the end of the last batch that was applied. */
  get standsAtEnd(): boolean {
    const { front } = this.#parts.context.state;
    return this.isWhole && front.manifest > 0 && front.lsn === NO_LSN;
  }

  /**
   * Applies one window. `before`: exactly the commits below it. `last`: number of the last batch
   * that is taken. Empty when nothing could be applied.
   */
  async move(before: Lsn | null, last = Number.MAX_SAFE_INTEGER): Promise<readonly Manifest[]> {
    const { context, applier, takeFacts } = this.#parts;
    const { state, manifests, window } = context;
    const begun = moment();
    const found = await readManifests(manifests, { after: state.front.manifest, upTo: null, limits: window });
    this.#atEnd = found.atEnd;
    requireNext(state.front, found.batches[0]);
    const batches = (before === null ? found.batches : upTo(found.batches, before)).filter(({ number }) => number <= last);
    const caughtUp = found.atEnd && before === null;
    if (batches.length === 0) this.#caughtUp ||= caughtUp;
    if (batches.length === 0 || reached(state.front, before)) return [];
    const live = state.generations().filter((one) => one.state === 'live');
    const result = await applier.apply({ generations: live, manifests: batches, before });
    await takeFacts(batches);
    // The front is saved last: nothing before it is looked at again.
    await state.saveFront(frontAfter(state.front, batches, before), context.changes.note(batches));
    this.#caughtUp ||= caughtUp;
    failpoint('window-marked');
    context.recent.note(batches, { begun, done: moment() });
    await noteWindow(context, result, { kind: 'front', batches, begun });
    return batches;
  }
}

/** Whether every commit below `before` is applied, as far as batches tell. */
export function reached(front: Front, before: Lsn | null): boolean {
  return before !== null && front.appliedLsn >= before;
}

/** Batches up to the first one that ends at or above `before`. */
function upTo(batches: readonly StoredManifest[], before: Lsn): StoredManifest[] {
  const last = batches.findIndex((batch) => parseLsn(batch.to) >= before);
  return last < 0 ? [...batches] : batches.slice(0, last + 1);
}
