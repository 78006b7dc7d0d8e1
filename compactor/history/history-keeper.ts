import { describeError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import type { Moment } from '../../core/time.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { eventfulManifests } from '../../lake/pages/eventful.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';
import { shown } from '../show-table.ts';
import { compareGenerations } from '../state/generation.ts';
import type { Generation } from '../state/generation.ts';
import { dropHistoryViews } from '../storage/view.ts';
import { lateHistory } from './late-history.ts';
import { dropOldVersions } from './old-versions.ts';

/** Time between searches for what a history could begin with, after one that found nothing. */
const SEARCH_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * Histories as the configuration wants them. One that is turned on late is filled from the lake by
 * another generation of its table, which then takes the place of the one that is read. One that is
 * turned off goes.
 */
export class HistoryKeeper {
  readonly #context: CompactorContext;
  readonly #searched = new Map<number, number>();
  #prunedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: CompactorContext) {
    this.#context = context;
  }

  async turn({ elapsedMs, wallMs }: Moment): Promise<void> {
    const { state, store, manifests, history, until } = this.#context;
    if (until !== null) return;
    let read: Promise<readonly StoredManifest[]> | null = null;
    const events = (): Promise<readonly StoredManifest[]> => (read ??= eventfulManifests(store, manifests, state.front.manifest));
    const all = state.generations().filter((one) => one.state !== 'dropped');
    for (const one of all) {
      const wish = one.identity === 'key' ? history(one) : null;
      if (one.history !== undefined && wish === null) await this.#end(one);
      if (one.history === undefined && wish !== null && isNewest(one, all)) await this.#begin(one, { elapsedMs, events });
    }
    if (elapsedMs - this.#prunedAtMs < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = elapsedMs;
    for (const one of state.generations()) {
      const kept = one.state === 'live' && one.history !== undefined ? history(one) : null;
      if (kept !== null && kept !== 'forever') await this.#prune(one, wallMs - kept);
    }
  }

  /** Nothing waits for it, so a failure is logged and tried again later. */
  async #prune(one: Generation, beforeMs: number): Promise<void> {
    try {
      await dropOldVersions(this.#context, one, beforeMs);
    } catch (error) {
      this.#context.log.warn({ table: qualifiedName(one.schema, one.name), error: describeError(error) }, 'old versions not dropped');
    }
  }

  async #begin(
    live: Generation,
    { elapsedMs, events }: { readonly elapsedMs: number; readonly events: () => Promise<readonly StoredManifest[]> },
  ): Promise<void> {
    const searchedAtMs = this.#searched.get(live.oid) ?? Number.NEGATIVE_INFINITY;
    if (elapsedMs - searchedAtMs < SEARCH_EVERY_MS) return;
    this.#searched.set(live.oid, elapsedMs);
    const { state, log, store } = this.#context;
    const found = await lateHistory(this.#context, new SnapshotLog(store), { live, events });
    if (found === null) return;
    const table = qualifiedName(live.schema, live.name);
    log.info({ table, generation: found.generation, base: found.base?.n, since: found.history?.since }, 'history is filled from the lake');
    await state.save(found);
  }

  /** The storage goes a while later: a query may have read the view a moment ago. */
  async #end(one: Generation): Promise<void> {
    const { engine, state, retired } = this.#context;
    const { history, ...rest } = one;
    await state.save(rest);
    if (one.visible) await dropHistoryViews(engine, one, shown(this.#context));
    if (history !== undefined) retired.add(history.storage);
  }
}

/** A live table, of which no later generation is on its way. */
function isNewest(one: Generation, all: readonly Generation[]): boolean {
  return one.state === 'live' && !all.some((other) => other.oid === one.oid && compareGenerations(other, one) > 0);
}
