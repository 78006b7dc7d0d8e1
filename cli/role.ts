import { describeError, retryOf } from '../core/errors.ts';
import type { CommandContext } from './command.ts';
import type { RoleEvent } from './role-event.ts';

export interface RoleContext extends CommandContext {
  readonly signal: AbortSignal;
  emit(event: RoleEvent): void;
}

/**
 * Runs one role until it is told to stop: 0 after SIGTERM or SIGINT. Under `run` its events and its last error go to the parent,
 * it lives no longer than the parent, and only the parent decides what a Ctrl-C means. Alone, events are JSON lines on stdout and a
 * second signal ends it at once.
 */
export async function runRole(context: CommandContext, body: (role: RoleContext) => Promise<void>): Promise<number> {
  const abort = new AbortController();
  if (process.send !== undefined) obeyParent(abort);
  else obeySignals(abort);
  try {
    await body({ ...context, signal: abort.signal, emit });
    return 0;
  } catch (error) {
    if (abort.signal.aborted && retryOf(error) === 'backoff') return 0;
    if (process.send === undefined) throw error;
    context.log.error({ error: describeError(error), stack: error instanceof Error ? error.stack : undefined }, 'role ended');
    await tellParent({ event: 'error', message: describeError(error), retry: retryOf(error), exitCode: roleExitCode(error) });
    return roleExitCode(error);
  }
}

/** 1 when a person is needed, 2 when it could not begin or is a defect. */
export function roleExitCode(error: unknown): number {
  return retryOf(error) === 'operator' ? 1 : 2;
}

function emit(event: RoleEvent): void {
  if (process.send !== undefined) {
    if (process.connected) process.send(event);
  } else if (event.event !== 'status' && !process.stdout.isTTY) process.stdout.write(`${JSON.stringify(event)}\n`);
}

function tellParent(event: RoleEvent): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(event, () => resolve());
  });
}

function obeyParent(abort: AbortController): void {
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => abort.abort());
  // A crash leaves a phantom, never a hole: there is nothing to tidy up that the next start does not.
  process.on('disconnect', () => process.exit(1));
}

function obeySignals(abort: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(1);
      abort.abort();
    });
  }
}
