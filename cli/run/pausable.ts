import { describeError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep, turned } from '../../core/loop.ts';
import { wall } from '../../core/time.ts';
import { PauseLog } from '../../lake/pauses.ts';
import type { Pause, PausableRole } from '../../lake/pauses.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** Time between looks for a pause or its end. On S3 each look costs money. */
const LOOK_MS = 2_000;
const LOOK_S3_MS = 30_000;

/** A role that can be paused. */
export interface Pausable {
  readonly role: PausableRole;
  readonly store: ObjectStore;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Asked while it is paused: why the pause must end now; null: it need not. */
  readonly mustResume?: () => Promise<string | null>;
  /** Time between looks, for tests. */
  readonly lookMs?: number;
}

/**
 * Runs the work of a role whenever the role is not paused, until it is stopped or the work ends by
 * itself. A pause ends the work in order, as SIGTERM does: what is complete is stored. Rejects with
 * the error of the work.
 */
export async function pausable(role: Pausable, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const pauses = new PauseLog(role.store, role.role);
  for (let said: Pause | null = null; !role.signal.aborted;) {
    const pause = await lookQuietly(role, pauses, said);
    if (pause === null) {
      if (said !== null) role.log.info({ role: role.role }, 'resumed');
      said = null;
      if (await workUntilPaused(role, pauses, work)) return;
      continue;
    }
    if (said === null) role.log.warn({ role: role.role, until: pause.until }, 'paused; `tailrace resume --role` ends it');
    said = pause;
    await endIfDue(role, pauses);
    await rest(role, role.signal);
  }
}

/** True when the work ended by itself, or the role was stopped. */
async function workUntilPaused(role: Pausable, pauses: PauseLog, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const ended = new AbortController();
  const paused = new AbortController();
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await abortableSleep(lookMs(role), ended.signal);
      if (!ended.signal.aborted && (await lookQuietly(role, pauses, null)) !== null) return paused.abort();
    }
  };
  const watching = watch();
  try {
    await work(AbortSignal.any([role.signal, paused.signal]));
  } finally {
    ended.abort();
    await watching;
  }
  return !paused.signal.aborted || role.signal.aborted;
}

/** A lake that does not answer neither begins nor ends a pause. */
async function lookQuietly({ log }: Pausable, pauses: PauseLog, before: Pause | null): Promise<Pause | null> {
  try {
    return await pauses.now(wall());
  } catch (error) {
    log.debug({ error: describeError(error) }, 'cannot look for a pause');
    return before;
  }
}

async function endIfDue({ log, mustResume }: Pausable, pauses: PauseLog): Promise<void> {
  try {
    const reason = (await mustResume?.()) ?? null;
    if (reason === null) return;
    log.warn({ reason }, 'the pause ends');
    await pauses.resume(wall(), reason);
  } catch (error) {
    log.warn({ error: describeError(error) }, 'cannot tell whether the pause must end');
  }
}

async function rest(role: Pausable, signal: AbortSignal): Promise<void> {
  turned(lookMs(role));
  await abortableSleep(lookMs(role), signal);
}

function lookMs({ store, lookMs: every }: Pausable): number {
  return every ?? (store.location.kind === 's3' ? LOOK_S3_MS : LOOK_MS);
}
