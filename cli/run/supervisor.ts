import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { configEnvironment } from '../../core/sections/resolve-config.ts';
import type { ConfigText } from '../../core/sections/resolve-config.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { Log } from '../../core/log.ts';
import type { RoleName } from '../../core/setting.ts';
import { elapsed, isoTime, wall } from '../../core/time.ts';
import { nodeFlags } from './node-flags.ts';
import { restartDelayMs } from './restart.ts';
import { LAKE_ID } from './role.ts';
import { isRoleEvent } from './role-event.ts';
import type { RoleEvent } from './role-event.ts';
import { RoleStates } from './role-states.ts';

const BIN = fileURLToPath(new URL(import.meta.url.endsWith('.js') ? '../../../bin/tailrace.js' : '../../bin/tailrace.js', import.meta.url));
/** A role that has not ended this long after SIGTERM is killed; that loses nothing. */
const STOP_WITHIN_MS = 15_000;
const LAST_WORDS_MS = 1_000;
/** How long to wait for the replicator to find a gap before another error is printed. */
const GAP_WITHIN_MS = 30_000;

export interface SupervisorOptions {
  readonly roles: readonly RoleName[];
  readonly text: ConfigText;
  /** The lake that the roles must find; none: it did not answer yet, or a new one will be made. */
  readonly lakeId?: string | null;
  readonly signal: AbortSignal;
  readonly log: Log;
  onEvent(role: RoleName, event: RoleEvent): void;
  /** Receives the log lines of the roles; without it they go to our own stderr. */
  onLog?(text: string): void;
  /** Called for each process: with its pid when it started, with null when it ended. */
  onProcess?(role: RoleName, pid: number | null): void;
}

/** The error of a role that a restart cannot fix. */
export interface FatalError {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * Keeps one process per role alive until the signal is aborted or a role has an error that a
 * restart cannot fix. Resolves when all processes have ended: with null after the signal, else with
 * that error.
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
  const family = {
    ...options,
    signal,
    children: new Map<RoleName, ChildProcess>(),
    began: new Set<RoleName>(),
    states: new RoleStates(),
    streaming,
  };
  await Promise.all(options.roles.map((role) => keepAlive(role, family, end)));
  return fatal;
}

/** Roles that an event is for; all other events are for the parent. */
const AUDIENCE: Partial<Record<RoleEvent['event'], readonly RoleName[]>> = {
  published: ['compact'],
  moved: ['transform', 'monitor'],
  asked: ['compact'],
};

/** The options, with the processes that are running. */
type Family = SupervisorOptions & {
  readonly children: Map<RoleName, ChildProcess>;
  /** Roles that were ready once. */
  readonly began: Set<RoleName>;
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
 * A restored lake usually has a gap to the source too. Waits for that error, which is then printed
 * first: its way out is the way out of both.
 */
async function gapIsSaid({ streaming, signal }: Family): Promise<void> {
  await Promise.race([streaming.promise, abortableSleep(GAP_WITHIN_MS, signal)]);
}

/** One life of a role's process. */
async function live(role: RoleName, options: Family): Promise<FatalError | null> {
  const environment = configEnvironment(options.text, process.env);
  if (options.lakeId != null) environment[LAKE_ID] = options.lakeId;
  const child = spawn(process.execPath, [...nodeFlags(), BIN, role], {
    env: environment,
    stdio: ['ignore', 'ignore', options.onLog === undefined ? 'inherit' : 'pipe', 'ipc'],
  });
  let fatal: FatalError | null = null;
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => options.onLog?.(line));
  child.on('message', (message) => {
    if (!isRoleEvent(message)) return;
    if (message.event === 'ready') options.began.add(message.role);
    if (message.event === 'ready' && message.role === 'replicate') options.streaming.resolve();
    const audience = AUDIENCE[message.event];
    if (audience !== undefined) return audience.forEach((name) => tell(options.children.get(name), message));
    noteTrouble(role, message, options);
    if (message.event === 'error' && endsRun(role, message, options)) fatal = message;
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

/**
 * Whether an error of a role ends all of them. Files of models may be edited at any time: once the
 * transform role has begun, a bad one must not stop the replication when that role is restarted.
 */
function endsRun(role: RoleName, { message, retry }: Extract<RoleEvent, { event: 'error' }>, { began, log }: Family): boolean {
  if (retry === 'backoff' || message.startsWith('INTERNAL')) return false;
  if (role !== 'transform' || !began.has(role)) return true;
  log.error({ process: role, error: message }, 'models are not built until this is corrected');
  return false;
}

/** Records events about the state of a role, and sends all states to a monitor that starts. */
function noteTrouble(role: RoleName, event: RoleEvent, options: Family): void {
  if (event.event === 'trouble') options.states.trouble(role, event.error, isoTime(wall()));
  else if (event.event === 'error') options.states.trouble(role, event.message, isoTime(wall()));
  else if (event.event !== 'ready') return;
  tellRoles(options);
}

function tellRoles({ children, states }: Family): void {
  tell(children.get('monitor'), { event: 'roles', roles: states.reports });
}

/** An event that comes too late for a process is dropped; the next process looks for itself. */
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
  // The last event of the process may still be in the channel.
  if (child.connected) await once(child, 'disconnect', { signal: AbortSignal.timeout(LAST_WORDS_MS) }).catch(() => undefined);
  clearTimeout(force);
  signal.removeEventListener('abort', stop);
}
