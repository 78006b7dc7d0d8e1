import { describeError, retryOf, TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { RoleName } from '../../core/setting.ts';
import type { CommandContext } from '../command.ts';
import { parentOfRole } from './parent.ts';
import type { RoleEvent } from './role-event.ts';
import { serveProbes } from './probes.ts';
import { isHungUp, stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

type EventNamed<E extends RoleEvent['event']> = Extract<RoleEvent, { event: E }>;

export interface RoleContext<C extends RoleName> extends CommandContext<C> {
  readonly signal: AbortSignal;
  readonly emit: (event: RoleEvent) => void;
  /**
   * Under `run`, registers a function that is called at each such event of another role: after a
   * batch of the replicator, after a change of the compactor's position, after a request; and at
   * each change of the state of a role.
   */
  readonly on: <E extends 'published' | 'moved' | 'asked' | 'roles'>(event: E, called: (event: EventNamed<E>) => void) => void;
  /** It does not run under `run`. */
  readonly alone: boolean;
  /** Under `run`, the id of the lake that it found at its start. */
  readonly lakeId: string | undefined;
}

/**
 * Runs one role until it is stopped; resolves with 0 after SIGTERM or SIGINT. Under `run` its
 * events and its last error go to the parent, and only the parent handles signals. Alone, events
 * are JSON lines on stdout and a second signal ends it at once; if httpPort is set, it serves
 * probes there, unless it has its own, as the monitor does.
 */
export async function runRole<C extends RoleName>(
  context: CommandContext<C> & { readonly ownProbes?: true },
  body: (role: RoleContext<C>) => Promise<void>,
): Promise<number> {
  const parent = parentOfRole();
  const alone = parent === null;
  const signal = parent?.signal ?? stopSignal();
  const config: CommandContext<RoleName>['config'] = context.config;
  try {
    const probed = alone && context.ownProbes === undefined;
    await using probes = probed && config.httpPort !== undefined ? await serveProbes(config.httpHost, config.httpPort) : null;
    const emit = (event: RoleEvent): void => {
      if (event.event === 'ready') probes?.begun();
      if (alone) print(event);
      else parent.send(event);
    };
    const on: RoleContext<C>['on'] = (name, called) => parent?.on((event) => isNamed(event, name) && called(event));
    await body({ ...context, signal, emit, on, alone, lakeId: parent?.lakeId });
    return stoppedCode(context.log);
  } catch (error) {
    if (signal.aborted && retryOf(error) === 'backoff') return stoppedCode(context.log);
    if (alone) throw error;
    // The parent reports an error that needs manual action, so it is not logged here.
    const stack =
      error instanceof TailraceError && error.code !== 'INTERNAL' ? undefined : error instanceof Error ? error.stack : undefined;
    if (stack !== undefined || retryOf(error) === 'backoff') context.log.error({ error: describeError(error), stack }, 'role ended');
    parent.send({ event: 'error', message: describeError(error), retry: retryOf(error), exitCode: roleExitCode(error) });
    return roleExitCode(error);
  }
}

/** Exit code after a stop: nobody asked for a closed terminal, so it is reported and is not 0. */
export function stoppedCode(log: Log): number {
  if (!isHungUp()) return 0;
  log.warn({ signal: 'SIGHUP' }, 'the terminal closed, so this stops; nohup or an init system keeps it running');
  return 129;
}

/** The exit codes of `run` and its roles, as help shows them; `start` names what a start needs. */
export function roleExits(start: string): Readonly<Record<number, string>> {
  return {
    0: 'stopped by SIGTERM or SIGINT',
    1: 'manual action needed; the last line says what to do',
    2: `could not start: ${start}`,
    129: 'the terminal was closed (SIGHUP); without a terminal, as under nohup, it continues',
  };
}

/**
 * No role can start with these: wrong arguments, an image without a part, an end that does not
 * answer.
 */
const CANNOT_BEGIN: readonly string[] = [
  'BAD_ARGUMENT',
  'BAD_CONFIG',
  'BAD_MODEL',
  'BAD_LSN',
  'NO_SUCH_TABLE',
  'SOURCE_UNREACHABLE',
  'LAKE_UNAVAILABLE',
  'WAREHOUSE_UNAVAILABLE',
  'WAREHOUSE_UNWRITABLE',
  'ENGINE_MISSING',
  'NO_FIFO',
  'NO_SHELL',
  'NO_TEMP_FOLDER',
];

/** 2 when a role cannot start, 1 for every other error that needs manual action. */
export function roleExitCode(error: unknown): number {
  return error instanceof TailraceError && CANNOT_BEGIN.includes(error.code) ? 2 : 1;
}

function print(event: RoleEvent): void {
  if (!['status', 'published', 'moved', 'asked', 'trouble'].includes(event.event) && !process.stdout.isTTY)
    output.say(`${JSON.stringify(event)}\n`);
}

function isNamed<E extends RoleEvent['event']>(event: RoleEvent, name: E): event is EventNamed<E> {
  return event.event === name;
}
