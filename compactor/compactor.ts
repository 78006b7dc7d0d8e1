import { describeError, TailraceError } from '../core/errors.ts';
import { runLoop } from '../core/loop.ts';
import { elapsed, moment } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import { Attention } from '../lake/store/attention.ts';
import { openRequests } from '../lake/control.ts';
import { STREAM_PREFIX } from '../lake/keys.ts';
import { storeChanges } from '../lake/store/store-changes.ts';
import { Asked, LONGEST_WATCHED_MS } from './asked.ts';
import { BaseKeeper } from './base/base-keeper.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { Freezes } from './freezes.ts';
import { FrontMover } from './front-mover.ts';
import { BringUp } from './bring-up.ts';
import { HistoryKeeper } from './history/history-keeper.ts';
import { HistoryWatch } from './history-watch.ts';
import { Housekeeping } from './upkeep/housekeeping.ts';
import { newHolding, openContext, release } from './open-context.ts';
import type { CompactorOptions } from './open-context.ts';
import { parkLost } from './lost-rows.ts';
import { PositionFile } from './position-file.ts';
import { PositionReport } from './position-report.ts';
import { Rebuild } from './rebuild.ts';
import { Space } from './upkeep/space.ts';
import { recover } from './recover.ts';
import { Resume } from './resume.ts';
import { takeFacts } from './still-facts.ts';
import { STAND_BY } from './lease/stand-by.ts';
import { VerifyHold } from './verify-hold.ts';
import { WindowApplier } from './window.ts';
import { isComing } from '../core/table-state.ts';
import type { CompactorContext } from './context.ts';

/**
 * Time between looks for copies and requests while there is other work. On S3 a listing costs as
 * much as a write.
 */
const LOOK_EVERY_MS = 1_000;
const LOOK_EVERY_S3_MS = 5_000;
/** How long live tables wait for others to be brought up, beyond the piece of work in progress. */
const BRING_UP_MS = 1_000;
/** Longest pause between looks at an idle lake on S3 when no event announces changes. */
const LONGEST_PAUSE_MS = 30_000;

/** Time between looks for lost rows: each asks the Keeper about every table. */
const LOST_EVERY_MS = 60_000;

/** Requests that a compactor answers. */
const SERVED = ['verify', 'rebuild', 'resume', 'freeze', 'drop-freeze', 'keep-freeze', 'base'] as const;

/**
 * In: the lake's batches, copies and requests. Out: storage and views of the warehouse,
 * position.json, tailrace.freshness.
 * Invariants: the warehouse is a function of the lake, even when something is applied twice or
 * interrupted. Live tables move together, and only a failing one is parked. A position is recorded
 * only while the lake still has the history that was applied. Ends when it is aborted, or with an
 * error that needs manual action.
 */
export async function runCompactor(options: CompactorOptions): Promise<void> {
  const { signal, log } = options;
  const attention = new Attention(LONGEST_PAUSE_MS, elapsed(), LONGEST_WATCHED_MS);
  options.onPublished?.(() => attention.called());
  const asked = new Asked(() => attention.called());
  options.onAsked?.(() => asked.note());
  const held = newHolding();
  using positionFile = new PositionFile(options.store, log);
  const ended = new AbortController();
  const watching = asked.watch(options.store, AbortSignal.any([signal, ended.signal]));
  const looping = runLoop({
    name: 'compact',
    signal,
    log,
    async attempt(progress) {
      // All state is read again, because an insert that failed may have been stored.
      try {
        const opened = await openContext({ standBy: STAND_BY, ...options, held, positionFile });
        if (opened === null) return;
        const compactor = await Compactor.start(opened.context, opened.warehouseId, { attention, asked });
        for await (const _change of storeChanges(options.store, STREAM_PREFIX, signal, attention)) {
          while (!signal.aborted && (await compactor.turn())) progress();
          progress();
        }
      } catch (error) {
        await positionFile.tell(error);
        throw error;
      }
    },
  });
  try {
    await looping;
  } finally {
    ended.abort();
    await release(options.store, held).catch((error: unknown) => log.warn({ error: describeError(error) }, 'the server was not released'));
  }
  await watching;
}

/** Where a compactor hears of work; without them it looks from time to time. */
export interface News {
  readonly attention: Attention | null;
  readonly asked: Asked | null;
}

/** Turns of bounded work: live tables first, then those that are brought up. */
export class Compactor {
  readonly #context: CompactorContext;
  readonly #front: FrontMover;
  readonly #bringUp: BringUp;
  readonly #hold: VerifyHold;
  readonly #freezes: Freezes;
  readonly #rebuild: Rebuild;
  readonly #resume: Resume;
  readonly #bases: BaseKeeper;
  readonly #report: PositionReport;
  readonly #housekeeping: Housekeeping;
  readonly #history: HistoryWatch;
  readonly #versions: HistoryKeeper;
  readonly #expiry: ExpiryWatch;
  readonly #attention: Attention | null;
  readonly #asked: Asked | null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #soughtLostAtMs = elapsed();

  /** Recovers from any state that the last compactor left, and registers as a reader. */
  static async start(context: CompactorContext, warehouseId: string, news: Partial<News> = {}): Promise<Compactor> {
    const compactor = new Compactor(context, warehouseId, news);
    await compactor.#beginHistory();
    await compactor.#hold.recover();
    await compactor.#freezes.recover();
    await recover(context);
    await compactor.#tell(moment());
    return compactor;
  }

  private constructor(context: CompactorContext, warehouseId: string, { attention = null, asked = null }: Partial<News>) {
    const applier = new WindowApplier(context);
    this.#context = context;
    this.#attention = attention;
    this.#asked = asked;
    this.#front = new FrontMover({ context, applier, takeFacts: (batches) => takeFacts(context, batches) });
    this.#bringUp = new BringUp(context, applier);
    this.#bases = new BaseKeeper(context, warehouseId);
    this.#hold = new VerifyHold(context, warehouseId, this.#bases.verified);
    this.#freezes = new Freezes(context, warehouseId);
    this.#rebuild = new Rebuild(context, warehouseId);
    this.#history = new HistoryWatch(context, warehouseId);
    this.#versions = new HistoryKeeper(context);
    this.#expiry = new ExpiryWatch(context, warehouseId);
    this.#resume = new Resume(context, warehouseId);
    const space = new Space();
    this.#report = new PositionReport(context, warehouseId, space);
    this.#housekeeping = new Housekeeping(context, space, elapsed());
  }

  async #beginHistory(): Promise<void> {
    try {
      await this.#history.begin();
    } catch (error) {
      const ahead = error instanceof TailraceError && error.code === 'WAREHOUSE_AHEAD';
      if (ahead) await this.#report.write(moment(), { ahead });
      throw error;
    }
  }

  /** One turn. True when there may be more to do at once. */
  async turn(now: Moment = moment()): Promise<boolean> {
    await this.#look(now);
    await this.#parkLost(now);
    const { allows } = this.#hold;
    const batches = allows === 'nothing' ? [] : await this.#front.move(allows === 'all' ? null : allows.before);
    await this.#history.look(now.elapsedMs);
    const moved = await this.#bringUpOthers();
    if (moved || allows !== 'all' || batches.some((batch) => !batch.heartbeat) || this.#unsettled()) this.#attention?.happened(elapsed());
    await this.#tell(now);
    this.#bases.note(batches);
    const quiet = allows === 'all' && this.#front.atEnd && !moved && !this.#isBringingUp();
    const based = await this.#bases.turn({ now, quiet, whole: this.#front.standsAtEnd });
    await this.#housekeeping.run(now);
    return (batches.length > 0 && !this.#front.atEnd) || moved || based;
  }

  /**
   * Brings up other tables while the front stands still: many small ones in one turn, or one piece
   * of a large one.
   */
  async #bringUpOthers(): Promise<boolean> {
    const begun = elapsed();
    const over = (): boolean => elapsed() - begun > BRING_UP_MS;
    let moved = false;
    for (;;) {
      const loaded = await this.#bringUp.load(over);
      const caughtUp = await this.#bringUp.catchUp();
      if (!loaded && !caughtUp) return moved;
      moved = true;
      if (over()) return moved;
    }
  }

  async #parkLost({ elapsedMs }: Moment): Promise<void> {
    if (elapsedMs - this.#soughtLostAtMs < LOST_EVERY_MS) return;
    this.#soughtLostAtMs = elapsedMs;
    await parkLost(this.#context);
  }

  #unsettled(): boolean {
    return this.#context.state.generations().some(({ state }) => isComing(state));
  }

  #isBringingUp(): boolean {
    return this.#context.state.generations().some(({ state }) => state === 'copying' || state === 'catching-up');
  }

  async #look(now: Moment): Promise<void> {
    const standing = this.#hold.allows !== 'all';
    const everyMs = this.#context.store.location.kind === 's3' ? LOOK_EVERY_S3_MS : LOOK_EVERY_MS;
    const due = now.elapsedMs - this.#lookedAtMs >= everyMs;
    if (standing || due) await this.#hold.next(now.elapsedMs);
    if (this.#asked?.take() !== true && !due) return;
    // A bucket cannot be replaced by another one like a mounted folder, and on S3 each look costs
    // money.
    if (this.#context.store.location.kind !== 's3') await this.#context.home.require();
    await this.#serve(now);
    if (!due) return;
    this.#lookedAtMs = now.elapsedMs;
    if (!(await this.#bringUp.discover(now.elapsedMs))) return;
    await this.#rebuild.discovered();
    await this.#versions.turn(now);
    // What a table begins with is registered before it is read, so that it is not swept.
    await this.#report.write(now);
  }

  /** Says what the warehouse needs, and only then looks whether that was kept. */
  async #tell(now: Moment): Promise<void> {
    await this.#report.write(now);
    if (await this.#expiry.look(now)) await this.#report.write(now);
  }

  async #serve(now: Moment): Promise<void> {
    // An answer is an object in the lake.
    if (this.#context.readsOnly) return;
    const requests = await openRequests(this.#context.store, SERVED);
    if (requests.length > 0) {
      this.#attention?.happened(elapsed());
      // One that has lost its warehouse knows nothing of what was done since, and must not answer.
      await this.#context.engine.confirm?.();
    }
    await this.#hold.take(requests, now);
    await this.#freezes.serve(requests, { elapsedMs: now.elapsedMs, whole: this.#front.isWhole });
    await this.#rebuild.serve(requests);
    await this.#resume.serve(requests);
    await this.#bases.serve(requests);
  }
}
