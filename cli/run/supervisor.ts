import { abortableSleep } from '../../core/loop.ts';
import type { Log } from '../../core/log.ts';
import type { ConfigText } from '../../core/sections/resolve-config.ts';
import type { RoleName } from '../../core/setting.ts';
import { elapsed, isoTime, wall } from '../../core/time.ts';
import { formFor } from './process-form.ts';
import type { ProcessForm } from './process-form.ts';
import { restartDelayMs } from './restart.ts';
import type { Contact } from './process-message.ts';
import type { RoleEvent } from './role-event.ts';
import type { Refusal } from './role-host.ts';
import { RoleProcesses } from './role-processes.ts';
import { RoleStates } from './role-states.ts';

/** How long to wait for the replicator to find a gap before another error is printed. */
const GAP_WITHIN_MS = 30_000;
/** Deaths in a row after which the process that checks source and lake is not started again. */
const CONTACT_DEATHS = 5;

export interface SupervisorOptions {
  readonly roles: readonly RoleName[];
  readonly text: ConfigText;
  /** `one`: roles of a small database share a process. Absent: the size of the source decides. */
  readonly processes: ProcessForm | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly onEvent: (role: RoleName, event: RoleEvent) => void;
  /** Receives the log lines of the roles; without it they go to our own stderr. */
  readonly onLog?: (text: string) => void;
}

/** The error of a role that a restart cannot fix, or of the first contact with source and lake. */
export interface FatalError {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * Keeps every role alive until the signal is aborted or a role has an error that a restart cannot
 * fix. Before that, a process of theirs checks source and lake. Resolves when all processes have
 * ended: with null after the signal, else with that error.
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
  const processes = new RoleProcesses(options.processes ?? 'one', options);
  const stopped = new Promise<void>((resolve) => {
    const ending = (): void => resolve(processes.stop());
    if (signal.aborted) ending();
    else signal.addEventListener('abort', ending, { once: true });
  });
  const lakeId = await makeContact(processes, { ...options, signal, end });
  const family = { ...options, signal, lakeId, processes, began: new Set<RoleName>(), states: new RoleStates(), streaming };
  await Promise.all(options.roles.map((role) => keepAlive(role, family, end)));
  await stopped;
  return fatal;
}

/**
 * Checks source and lake, and chooses the form of the processes. Returns the id of the lake that
 * the roles must find; null: it does not answer yet, or a new one will be made.
 */
async function makeContact(
  processes: RoleProcesses,
  { roles, processes: form, signal, log, end }: SupervisorOptions & { readonly end: (error: FatalError) => void },
): Promise<string | null> {
  const [first] = roles;
  if (first === undefined || signal.aborted) return null;
  const found = await contactBy(first, processes, { signal, log });
  if (signal.aborted) return null;
  if (found === null || 'exitCode' in found) {
    end(found ?? { message: 'INTERNAL: the process that checks source and lake died', exitCode: 1 });
    return null;
  }
  if (form !== undefined) return found.lakeId;
  processes.adapt();
  processes.use(formFor(found.size));
  log.info({ processes: processes.form, ...found.size }, 'processes were chosen by the size of the source');
  return found.lakeId;
}

/** What the process of a role finds; a process that is killed is started again. null: each died. */
async function contactBy(
  role: RoleName,
  processes: RoleProcesses,
  { signal, log }: Pick<SupervisorOptions, 'signal' | 'log'>,
): Promise<Contact | Refusal | null> {
  let delayMs = 0;
  for (let deaths = 1; ; deaths += 1) {
    const startedAt = elapsed();
    const found = await processes.hostOf(role).contact();
    if (found !== null || deaths === CONTACT_DEATHS || signal.aborted) return found;
    delayMs = restartDelayMs(delayMs, elapsed() - startedAt);
    log.warn({ delayMs }, 'the process that checks source and lake died and is started again');
    await abortableSleep(delayMs, signal);
    if (signal.aborted) return null;
  }
}

/** Roles that an event is for; all other events are for the parent. */
const AUDIENCE: Partial<Record<RoleEvent['event'], readonly RoleName[]>> = {
  published: ['compact'],
  moved: ['transform', 'monitor'],
  asked: ['compact'],
};

/** The options, with the processes and what is known about the roles. */
type Family = Omit<SupervisorOptions, 'processes'> & {
  readonly lakeId: string | null;
  readonly processes: RoleProcesses;
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
    const { fatal, moves } = await live(role, options);
    if (options.signal.aborted) return;
    if (fatal !== null) {
      if (fatal.message.startsWith('WAREHOUSE_AHEAD')) await gapIsSaid(options);
      return end(fatal);
    }
    if (moves) continue;
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

/** One life of a role; `moves` says that it was ended to begin again in another process. */
async function live(role: RoleName, options: Family): Promise<{ readonly fatal: FatalError | null; readonly moves: boolean }> {
  const { processes, states, lakeId } = options;
  let fatal: FatalError | null = null;
  const host = processes.hostOf(role);
  const life = host.live(role, lakeId, (event) => {
    if (event.event === 'ready') options.began.add(event.role);
    if (event.event === 'ready' && event.role === 'replicate') options.streaming.resolve();
    const audience = AUDIENCE[event.event];
    if (audience !== undefined) return audience.forEach((name) => processes.tell(name, event));
    noteTrouble(role, event, options);
    if (event.event === 'error' && endsRun(role, event, options)) fatal = event;
    options.onEvent(role, event);
  });
  states.started(role, isoTime(wall()));
  tellRoles(options);
  await life;
  states.ended(role);
  tellRoles(options);
  return { fatal, moves: host.stopping };
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

function tellRoles({ processes, states }: Family): void {
  processes.tell('monitor', { event: 'roles', roles: states.reports });
}
