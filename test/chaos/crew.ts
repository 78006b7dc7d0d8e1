import { setTimeout as sleep } from 'node:timers/promises';
import { readOwner } from '../../warehouse/owner.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf } from '../support/servers/child-processes.ts';
import type { Finished, Pipeline, Running } from '../support/pipeline.ts';
import { ROLES } from '../world/world.ts';

/** Processes that can be killed or frozen. */
export const ACTORS = [...ROLES, 'transform', 'engine'] as const;
/** The last one runs where there are models. */
const CREW = [...ROLES, 'transform'] as const;
export type Role = (typeof CREW)[number];
type Actor = (typeof ACTORS)[number];

/** A container's restart policy waits too. */
const RESTART_MS = 200;

/** A sweeper deletes what is a grace of ten seconds old, after its next look. */
const DEATHS_MS = 30_000;

const FLAGS: Readonly<Partial<Record<Role, readonly string[]>>> = { compact: ['--sql-port', '0'] };

/**
 * The roles, each in a process that is started again when it dies, as containers are. Unlike `run`,
 * it can start one that dies at a failpoint, and the next time one that does not.
 */
export class Crew implements AsyncDisposable {
  /** Called when a role died at its failpoint. */
  onFailpoint: (name: string) => void = () => undefined;
  readonly #pipeline: Pipeline;
  readonly #env: Readonly<Record<string, string>>;
  readonly #roles: readonly Role[];
  readonly #running = new Map<Role, Running>();
  readonly #armed = new Map<Role, string[]>(CREW.map((role) => [role, []]));
  readonly #dying = new Set<Running>();
  readonly #killed = new Set<Running>();
  readonly #said: string[] = [];
  #watch: AbortController | null = null;
  #lives: Promise<unknown> = Promise.resolve();
  #trouble: string | null = null;

  constructor(pipeline: Pipeline, { env, models }: { readonly env: Readonly<Record<string, string>>; readonly models: boolean }) {
    this.#pipeline = pipeline;
    this.#env = env;
    this.#roles = CREW.filter((role) => role !== 'transform' || models);
    process.once('exit', this.#killAll);
  }

  start(): void {
    if (this.#watch !== null) return;
    const watch = new AbortController();
    this.#watch = watch;
    this.#lives = Promise.all(this.#roles.map((role) => this.#keepAlive(role, watch.signal)));
  }

  /** Asks all to end, and throws when one does not end well. */
  async stop(): Promise<void> {
    this.#watch?.abort();
    const asked = [...this.#running];
    for (const [, running] of asked) running.kill('SIGTERM');
    await this.#lives;
    this.#watch = null;
    for (const [role, running] of asked) {
      const { code, signal, stderr } = await running.ended();
      // Asked before it could hear, it just ends.
      if (code !== 0 && signal !== 'SIGTERM' && !isAway(stderr))
        throw new Error(`asked to stop, ${role} ended with ${code ?? signal}: ${stderr.slice(-2000)}`);
    }
  }

  /** Kills all, and starts none again. */
  async crash(): Promise<void> {
    this.#watch?.abort();
    this.#killAll();
    await this.#lives;
    this.#watch = null;
  }

  /** The next process of the role that no other failpoint waits for dies at this one. */
  arm(role: Role, failpoint: string): void {
    this.#armed.get(role)?.push(failpoint);
  }

  /** Kills those that could still die at a failpoint; whether there were any. */
  disarm(): boolean {
    for (const waiting of this.#armed.values()) waiting.length = 0;
    const armed = [...this.#running.values()].filter((running) => this.#dying.has(running));
    for (const running of armed) this.#kill(running);
    return armed.length > 0;
  }

  /** Waits until nobody is left that could die at a failpoint. Some never come by theirs. */
  async died(): Promise<void> {
    await eventually(() => !this.#isAnyArmed(), 'deaths at failpoints', DEATHS_MS).catch(() => undefined);
  }

  #isAnyArmed(): boolean {
    return [...this.#armed.values()].some(({ length }) => length > 0) || [...this.#running.values()].some((one) => this.#dying.has(one));
  }

  has(role: Role): boolean {
    return this.#roles.includes(role);
  }

  /** Does nothing when it is not there. */
  async signal(actor: Actor, signal: 'SIGKILL' | 'SIGSTOP'): Promise<() => void> {
    const running = this.#running.get(actor === 'engine' ? 'compact' : actor);
    const pid = actor === 'engine' ? await this.#engine() : running?.pid;
    if (pid === undefined) return () => undefined;
    if (signal === 'SIGKILL' && running?.pid === pid) this.#killed.add(running);
    send(pid, signal);
    return () => send(pid, 'SIGCONT');
  }

  /** Throws when a role ended with an error that a restart does not fix. */
  requireWell(): void {
    if (this.#trouble !== null) throw new Error(this.#trouble);
  }

  /** The last that the roles said. */
  said(): string[] {
    const running = [...this.#running].flatMap(([role, { stderr }]) => lastLines(role, stderr()));
    return [...this.#said.slice(-40), ...running];
  }

  /** The process of the warehouse's engine. */
  async #engine(): Promise<number | undefined> {
    const owner = await readOwner(this.#pipeline.warehouse);
    if (owner === null) return undefined;
    return childrenOf(owner.pid).find(({ args }) => args.some((arg) => arg.endsWith('engine-child.ts') || arg.endsWith('engine-child.js')))
      ?.pid;
  }

  async #keepAlive(role: Role, watch: AbortSignal): Promise<void> {
    while (!watch.aborted) {
      const failpoint = this.#armed.get(role)?.shift();
      const env = { ...this.#env, ...(failpoint === undefined ? {} : { TAILRACE_FAILPOINT: failpoint }) };
      const running = this.#pipeline.start([role, ...(FLAGS[role] ?? [])], env);
      this.#running.set(role, running);
      if (failpoint !== undefined) this.#dying.add(running);
      const ended = await running.ended();
      this.#said.push(`${role} ended with ${ended.code ?? ended.signal}`, ...lastLines(role, ended.stderr));
      if (ended.signal === 'SIGKILL' && !this.#killed.has(running) && failpoint !== undefined)
        this.onFailpoint(failpoint.split(':')[0] ?? '');
      else if (!watch.aborted) this.#judge(role, ended);
      await sleep(watch.aborted ? 0 : RESTART_MS);
    }
    this.#running.delete(role);
  }

  #judge(role: Role, { code, stderr }: Finished): void {
    if (code !== 1 || isAway(stderr)) return;
    this.#trouble ??= `${role} gave up:\n${stderr.slice(-2000)}`;
  }

  #kill(running: Running): void {
    this.#killed.add(running);
    running.kill('SIGKILL');
  }

  readonly #killAll = (): void => {
    for (const running of this.#running.values()) this.#kill(running);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killAll);
    await this.crash();
  }
}

/** The role of a name. Throws when there is none. */
export function roleOf(name = ''): Role {
  const role = CREW.find((known) => known === name);
  if (role === undefined) throw new Error(`no role is called ${name}`);
  return role;
}

/** Ends of a role that waits for the next one to be started. */
function isAway(stderr: string): boolean {
  return /WAREHOUSE_IN_USE/.test(stderr.slice(-2000));
}

function lastLines(role: Role, stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .slice(-10)
    .map((line) => `${role}: ${line}`);
}

function send(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
