import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { configEnvironment } from '../../core/config.ts';
import type { ConfigText } from '../../core/config.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { Log } from '../../core/log.ts';
import type { RoleName } from '../../core/setting.ts';
import { elapsed, isoTime, wall } from '../../core/time.ts';
import { restartDelayMs } from './restart.ts';
import { LAKE_ID } from './role.ts';
import { isRoleEvent } from './role-event.ts';
import type { RoleEvent } from './role-event.ts';
import { RoleStates } from './role-states.ts';

const BIN = fileURLToPath(new URL(import.meta.url.endsWith('.js') ? '../../../bin/tailrace.js' : '../../bin/tailrace.js', import.meta.url));
/** A role that has not ended this long after SIGTERM is ended by force; nothing is lost by it. */
const STOP_WITHIN_MS = 15_000;
const LAST_WORDS_MS = 1_000;
/** How long a start of the replicator may take to find a gap, before something else is said. */
const GAP_WITHIN_MS = 30_000;

export interface SupervisorOptions {
  readonly roles: readonly RoleName[];
  readonly text: ConfigText;
  /**
   * The lake that the roles are to find; none: it did not answer yet, or there is to be a new one.
   */
  readonly lakeId?: string | null;
  readonly signal: AbortSignal;
  readonly log: Log;
  onEvent(role: RoleName, event: RoleEvent): void;
  /** Takes the log lines of the roles; without it they go to our own stderr. */
  onLog?(text: string): void;
  /** Told of each process: its pid when it started, null when it ended. */
  onProcess?(role: RoleName, pid: number | null): void;
}

/** The error of a role that a new process would only meet again. */
export interface FatalError {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * Keeps one process per role alive until the signal is aborted or a role meets an error that a
 * restart cannot mend. Resolves when all processes have ended: null after the signal, else that
 * error.
 */
export async function supervise(options: SupervisorOptions): Promise<FatalError | null> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let fatal: FatalError | null = null;
  const end = (error: FatalError): void => {
    fatal ??= error;
    stop.abort();
  };
  const streaming = Promise.withResolvers<void>();
  if (!options.roles.includes('replicate')) streaming.resolve();
  const family = { ...options, signal, children: new Map<RoleName, ChildProcess>(), states: new RoleStates(), streaming };
  await Promise.all(options.roles.map((role) => keepAlive(role, family, end)));
  return fatal;
}

/** With the processes that live. */
type Family = SupervisorOptions & {
  readonly children: Map<RoleName, ChildProcess>;
  readonly states: RoleStates;
  /** Resolved once the replicator has found no gap. */
  readonly streaming: PromiseWithResolvers<void>;
};

async function keepAlive(role: RoleName, options: Family, end: (error: FatalError) => void): Promise<void> {
  let delayMs = 0;
  while (!options.signal.aborted) {
    const startedAt = elapsed();
    const fatal = await live(role, options);
    if (options.signal.aborted) return;
    if (fatal !== null) {
      if (fatal.message.startsWith('WAREHOUSE_AHEAD')) await gapIsSaid(options);
      return end(fatal);
    }
    delayMs = restartDelayMs(delayMs, elapsed() - startedAt);
    options.log.warn({ process: role, delayMs }, 'a role died and is started again');
    await abortableSleep(delayMs, options.signal);
  }
}

/**
 * A lake that was restored has mostly a gap to the source too. That is said first: what leads out
 * of it leads out of both.
 */
async function gapIsSaid({ streaming, signal }: Family): Promise<void> {
  await Promise.race([streaming.promise, abortableSleep(GAP_WITHIN_MS, signal)]);
}

/** One life of a role's process. */
async function live(role: RoleName, options: Family): Promise<FatalError | null> {
  const environment = { ...process.env, ...configEnvironment(options.text) };
  delete environment['TAILRACE_CONFIG'];
  if (options.lakeId != null) environment[LAKE_ID] = options.lakeId;
  const child = spawn(process.execPath, [BIN, role], {
    env: environment,
    stdio: ['ignore', 'ignore', options.onLog === undefined ? 'inherit' : 'pipe', 'ipc'],
  });
  let fatal: FatalError | null = null;
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => options.onLog?.(line));
  child.on('message', (message) => {
    if (!isRoleEvent(message)) return;
    if (message.event === 'ready' && message.role === 'replicate') options.streaming.resolve();
    if (message.event === 'published') return tell(options.children.get('compact'), message);
    noteTrouble(role, message, options);
    if (message.event === 'error' && message.retry !== 'backoff' && !message.message.startsWith('INTERNAL')) fatal = message;
    options.onEvent(role, message);
  });
  options.children.set(role, child);
  options.states.started(role, isoTime(wall()));
  tellRoles(options);
  options.onProcess?.(role, child.pid ?? null);
  await untilEnd(child, options.signal);
  options.children.delete(role);
  options.states.ended(role);
  tellRoles(options);
  options.onProcess?.(role, null);
  return fatal;
}

/** Takes what concerns the state of a role; a monitor that has just begun knows of none. */
function noteTrouble(role: RoleName, event: RoleEvent, options: Family): void {
  if (event.event === 'trouble') options.states.trouble(role, event.error, isoTime(wall()));
  else if (event.event === 'error') options.states.trouble(role, event.message, isoTime(wall()));
  else if (event.event !== 'ready') return;
  tellRoles(options);
}

function tellRoles({ children, states }: Family): void {
  tell(children.get('monitor'), { event: 'roles', roles: states.reports });
}

/** News that comes too late for a process is none: the next one looks for itself. */
function tell(child: ChildProcess | undefined, event: RoleEvent): void {
  if (child?.connected === true) child.send(event, () => undefined);
}

async function untilEnd(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let force: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  child.on('error', () => undefined);
  if (child.pid !== undefined) await once(child, 'exit');
  // What the process said last may still be in the channel.
  if (child.connected) await once(child, 'disconnect', { signal: AbortSignal.timeout(LAST_WORDS_MS) }).catch(() => undefined);
  clearTimeout(force);
  signal.removeEventListener('abort', stop);
}
