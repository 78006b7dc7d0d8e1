import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../core/log.ts';
import { configEnvironment } from '../../core/sections/resolve-config.ts';
import type { ConfigText } from '../../core/sections/resolve-config.ts';
import type { RoleName } from '../../core/setting.ts';
import { LoopWatch, PING_MS } from './loop-watch.ts';
import type { LoopState } from './loop-watch.ts';
import { nodeFlags } from './node-flags.ts';
import type { Contact, FromRoles, ToRoles } from './process-message.ts';
import type { RoleEvent } from './role-event.ts';

const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.js') ? '../role-process.js' : '../role-process.ts', import.meta.url));
/** A process that has not ended this long after SIGTERM is killed; that loses nothing. */
const STOP_WITHIN_MS = 15_000;
const LAST_WORDS_MS = 1_000;

export interface HostOptions {
  /** Roles that it may be asked for. */
  readonly roles: readonly RoleName[];
  readonly text: ConfigText;
  readonly log: Log;
  /** Receives its log lines; without it they go to our own stderr. */
  readonly onLog?: ((text: string) => void) | undefined;
  readonly pingMs?: number;
  /** Its loop hangs, and it is killed; or it has used a whole core for a minute. */
  readonly onOverload: (state: 'hangs' | 'busy') => void;
}

/** An answer to the first contact that ends `run`. */
export interface Refusal {
  readonly message: string;
  readonly exitCode: number;
}

interface Life {
  readonly onEvent: (event: RoleEvent) => void;
  readonly end: () => void;
}

/** One life of a process that serves roles. It cannot be used after `gone` is true. */
export class RoleHost {
  readonly roles: readonly RoleName[];
  /** Resolves when the process has ended, and its last event has been taken. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log: Log;
  readonly #watch = new LoopWatch();
  readonly #lives = new Map<RoleName, Life>();
  readonly #contact = Promise.withResolvers<Contact | Refusal | null>();
  readonly #onOverload: HostOptions['onOverload'];
  #stopping = false;
  #gone = false;
  #force: NodeJS.Timeout | undefined;

  constructor({ roles, text, log, onLog, onOverload, pingMs = PING_MS }: HostOptions) {
    this.roles = roles;
    this.#log = log;
    this.#onOverload = onOverload;
    this.#child = spawn(process.execPath, [...nodeFlags(), PROGRAM, ...roles], {
      env: configEnvironment(text, process.env),
      stdio: ['ignore', 'ignore', onLog === undefined ? 'inherit' : 'pipe', 'ipc'],
    });
    if (this.#child.stderr !== null) createInterface({ input: this.#child.stderr }).on('line', (line) => onLog?.(line));
    this.#child.on('message', (message: FromRoles) => this.#take(message));
    this.#child.on('error', () => undefined);
    this.ended = this.#end(pingMs);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether it was asked to end. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The first contact with source and lake; null: the process ended instead. */
  contact(): Promise<Contact | Refusal | null> {
    this.#send({ kind: 'contact' });
    return this.#contact.promise;
  }

  /** One life of a role: resolves when the role or the process has ended. */
  live(role: RoleName, lakeId: string | null, onEvent: (event: RoleEvent) => void): Promise<void> {
    const life = Promise.withResolvers<void>();
    this.#lives.set(role, { onEvent, end: life.resolve });
    this.#send({ kind: 'start', role, lakeId });
    return life.promise;
  }

  /** An event that comes too late for a role is dropped; its next life looks for itself. */
  tell(role: RoleName, event: RoleEvent): void {
    if (this.#lives.has(role)) this.#send({ kind: 'event', role, event });
  }

  /** Asks all its roles to end, and kills it when they do not. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    this.#force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
  }

  #take(message: FromRoles): void {
    if (message.kind === 'contact') this.#contact.resolve(message.contact);
    if (message.kind === 'refused') this.#contact.resolve(message);
    if (message.kind === 'event') this.#lives.get(message.role)?.onEvent(message.event);
    // A process with one role ends with it, and its next life must not begin before.
    if (message.kind === 'ended' && this.roles.length > 1) this.#endLife(message.role);
    if (message.kind === 'pong') this.#judge(this.#watch.pong(message.cores));
  }

  #judge(state: LoopState): void {
    const facts = { processes: this.roles };
    if (state === 'late') this.#log.warn(facts, 'a process is slow to answer');
    if (state === 'hangs') {
      this.#log.error(facts, 'a process does not answer and is killed');
      this.#child.kill('SIGKILL');
    }
    if (state === 'hangs' || state === 'busy') this.#onOverload(state);
  }

  #send(message: ToRoles): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #endLife(role: RoleName): void {
    const life = this.#lives.get(role);
    this.#lives.delete(role);
    life?.end();
  }

  async #end(pingMs: number): Promise<void> {
    const pings = setInterval(() => {
      this.#judge(this.#watch.ping());
      this.#send({ kind: 'ping' });
    }, pingMs);
    if (this.#child.pid !== undefined) await once(this.#child, 'exit');
    this.#gone = true;
    clearInterval(pings);
    clearTimeout(this.#force);
    // The last event of the process may still be in the channel.
    if (this.#child.connected) await once(this.#child, 'disconnect', { signal: AbortSignal.timeout(LAST_WORDS_MS) }).catch(() => undefined);
    this.#contact.resolve(null);
    for (const role of this.#lives.keys()) this.#endLife(role);
  }
}
