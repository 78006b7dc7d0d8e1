import type { Log } from '../../core/log.ts';
import type { ConfigText } from '../../core/sections/resolve-config.ts';
import type { RoleName } from '../../core/setting.ts';
import { elapsed } from '../../core/time.ts';
import { processesOf } from './process-form.ts';
import type { ProcessForm } from './process-form.ts';
import type { RoleEvent } from './role-event.ts';
import { RoleHost } from './role-host.ts';

/** A process that lived this long was healthy, so the cause of its end is a new one. */
const WELL_AFTER_MS = 60_000;
/** Deaths in a row after which roles that share a process no longer do. */
const DEATHS = 3;

export interface ProcessesOptions {
  readonly roles: readonly RoleName[];
  readonly text: ConfigText;
  readonly log: Log;
  readonly onLog?: ((text: string) => void) | undefined;
}

/**
 * The processes of all roles. A process is started with the first role that is asked for, and again
 * when a role is asked for after its end.
 *
 * Roles share a process in the form `one`. `adapt` allows them to part while they run: when their
 * process hangs, keeps dying or has used a whole core for a minute.
 */
export class RoleProcesses {
  readonly #options: ProcessesOptions;
  #form: ProcessForm;
  #adapts: boolean;
  #groups: readonly (readonly RoleName[])[];
  readonly #hosts = new Map<RoleName, RoleHost>();
  #deaths = 0;
  #stopped = false;

  constructor(form: ProcessForm, options: ProcessesOptions) {
    this.#options = options;
    this.#form = form;
    this.#adapts = false;
    this.#groups = processesOf(form, options.roles);
  }

  get form(): ProcessForm {
    return this.#form;
  }

  adapt(): void {
    this.#adapts = true;
  }

  /** The process of a role, which is started if there is none. */
  hostOf(role: RoleName): RoleHost {
    const known = this.#hosts.get(role);
    if (known !== undefined && !known.gone && !known.stopping) return known;
    const roles = this.#groups.find((group) => group.includes(role)) ?? [role];
    const startedAt = elapsed();
    const host = new RoleHost({ ...this.#options, roles, onOverload: (state) => this.#part(state) });
    for (const one of roles) this.#hosts.set(one, host);
    void host.ended.then(() => this.#noteEnd(host, elapsed() - startedAt));
    return host;
  }

  tell(role: RoleName, event: RoleEvent): void {
    this.#hosts.get(role)?.tell(role, event);
  }

  /** Uses another form from now on; processes that do not fit it end. */
  use(form: ProcessForm): void {
    if (form === this.#form) return;
    this.#form = form;
    this.#groups = processesOf(form, this.#options.roles);
    for (const host of new Set(this.#hosts.values())) if (!this.#groups.some((group) => isSame(group, host.roles))) host.stop();
  }

  /** Ends all of them; resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const hosts = [...new Set(this.#hosts.values())];
    for (const host of hosts) host.stop();
    await Promise.all(hosts.map(({ ended }) => ended));
  }

  #noteEnd(host: RoleHost, livedMs: number): void {
    if (this.#stopped || host.stopping || host.roles.length === 1) return;
    this.#deaths = livedMs >= WELL_AFTER_MS ? 1 : this.#deaths + 1;
    if (this.#deaths >= DEATHS) this.#part('dies');
  }

  #part(state: 'hangs' | 'busy' | 'dies'): void {
    if (!this.#adapts || this.#stopped || this.#form === 'each') return;
    this.#options.log.warn({ state }, 'each role gets a process of its own');
    this.use('each');
  }
}

function isSame(left: readonly RoleName[], right: readonly RoleName[]): boolean {
  return left.length === right.length && left.every((role) => right.includes(role));
}
