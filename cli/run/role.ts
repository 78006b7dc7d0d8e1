import { describeError, retryOf, TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { troubles } from '../../core/loop.ts';
import type { Trouble } from '../../core/loop.ts';
import type { CommandContext } from '../command.ts';
import { isRoleEvent } from './role-event.ts';
import type { RoleEvent } from './role-event.ts';
import { isHungUp, stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

/** Environment variable in which `run` tells its roles which lake it found. */
export const LAKE_ID = 'TAILRACE_LAKE_ID';

export interface RoleContext extends CommandContext {
  readonly signal: AbortSignal;
  readonly emit: (event: RoleEvent) => void;
  /** Under `run`, what is to be called whenever the replicator has published a batch. */
  readonly onPublished: (called: () => void) => void;
  /**
   * Under `run`, the id of the lake that it found at its start: a role that is started again must
   * not make another while that one is away.
   */
  readonly lakeId: string | undefined;
}

/**
 * Runs one role until it is told to stop: 0 after SIGTERM or SIGINT. Under `run` its events and its
 * last error go to the parent, it lives no longer than the parent, and only the parent decides what
 * a Ctrl-C means. Alone, events are JSON lines on stdout and a second signal ends it at once.
 */
export async function runRole(context: CommandContext, body: (role: RoleContext) => Promise<void>): Promise<number> {
  const signal = process.send === undefined ? stopSignal() : parentSignal();
  try {
    if (process.send !== undefined) troubles.subscribe((trouble) => emit({ event: 'trouble', error: (trouble as Trouble).error }));
    const lakeId = process.send === undefined ? undefined : process.env[LAKE_ID];
    await body({ ...context, signal, emit, onPublished, lakeId });
    return stoppedCode(context.log);
  } catch (error) {
    if (signal.aborted && retryOf(error) === 'backoff') return stoppedCode(context.log);
    if (process.send === undefined) throw error;
    // What a person has to mend is said once, by the parent.
    const stack =
      error instanceof TailraceError && error.code !== 'INTERNAL' ? undefined : error instanceof Error ? error.stack : undefined;
    if (stack !== undefined || retryOf(error) === 'backoff') context.log.error({ error: describeError(error), stack }, 'role ended');
    await tellParent({ event: 'error', message: describeError(error), retry: retryOf(error), exitCode: roleExitCode(error) });
    return roleExitCode(error);
  }
}

/**
 * Exit code of what was told to stop: a closed terminal is no wish of a person, so it is said and
 * is not 0.
 */
export function stoppedCode(log: Log): number {
  if (!isHungUp()) return 0;
  log.warn({ signal: 'SIGHUP' }, 'the terminal closed, so this stops; nohup or an init system keeps it running');
  return 129;
}

/** What the help says of it. */
export const HUNG_UP = 'its terminal was closed (SIGHUP); without a terminal, as under nohup, it goes on';

/** What no role can begin with: arguments, or an end that does not answer. */
const CANNOT_BEGIN: readonly string[] = [
  'BAD_ARGUMENT',
  'BAD_CONFIG',
  'BAD_LSN',
  'NO_SUCH_TABLE',
  'SOURCE_UNREACHABLE',
  'LAKE_UNAVAILABLE',
  'WAREHOUSE_UNAVAILABLE',
];

/** 2 when it cannot begin, 1 for everything else that a person has to mend. */
export function roleExitCode(error: unknown): number {
  return error instanceof TailraceError && CANNOT_BEGIN.includes(error.code) ? 2 : 1;
}

function emit(event: RoleEvent): void {
  if (process.send !== undefined) {
    if (process.connected) process.send(event);
  } else if (!['status', 'published', 'trouble'].includes(event.event) && !process.stdout.isTTY) output.say(`${JSON.stringify(event)}\n`);
}

function onPublished(called: () => void): void {
  process.on('message', (message) => {
    if (isRoleEvent(message) && message.event === 'published') called();
  });
}

function tellParent(event: RoleEvent): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(event, () => resolve());
  });
}

/** Told to stop by the parent, or ended with it. */
function parentSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => abort.abort());
  // A crash leaves a phantom, never a hole: there is nothing to tidy up that the next start does
  // not.
  process.on('disconnect', () => process.exit(1));
  return abort.signal;
}
