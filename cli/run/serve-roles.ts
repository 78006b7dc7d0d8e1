import { createLogger } from '../../core/log.ts';
import type { Log } from '../../core/log.ts';
import { describeError } from '../../core/errors.ts';
import { troubles } from '../../core/loop.ts';
import type { Trouble } from '../../core/loop.ts';
import { resolveConfig } from '../../core/sections/resolve-config.ts';
import type { RoleName } from '../../core/setting.ts';
import { elapsed } from '../../core/time.ts';
import type { CommandContext } from '../command.ts';
import { readChosenSize } from './chosen-size.ts';
import { firstContact } from './first-contact.ts';
import { parentOfRole, underParent } from './parent.ts';
import type { Contact, FromRoles, ToRoles } from './process-message.ts';
import { roleExitCode } from './role.ts';
import type { RoleEvent } from './role-event.ts';

/** The command of a role. */
interface RoleCommand {
  run(context: CommandContext<RoleName>): Promise<number>;
}

type LoadRole = (role: string) => Promise<{ readonly command: RoleCommand }>;

/**
 * Serves `run` in a child process: the first contact, and any of the named roles when it is asked
 * for one. A process with one role ends with that role. One with several goes on, and ends when it
 * is stopped.
 */
export function serveRoles(names: readonly string[], load: LoadRole): void {
  const { config, text, origins } = resolveConfig({ flags: {}, files: [], environment: process.env });
  const stop = new AbortController();
  const listeners = new Map<RoleName, ((event: RoleEvent) => void)[]>();
  const running = new Set<RoleName>();
  const logs = new Map<RoleName | 'run', Log>();
  let before = { atMs: elapsed(), cpu: process.cpuUsage() };

  const logOf = (role: RoleName | 'run'): Log => {
    const log = logs.get(role) ?? createLogger({ level: config.logLevel, role });
    logs.set(role, log);
    return log;
  };
  const endWhenDone = (): void => {
    if (running.size === 0) process.exit(0);
  };
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => {
    stop.abort();
    endWhenDone();
  });
  // A crash leaves a phantom, never a hole, and the next start cleans up.
  process.on('disconnect', () => process.exit(1));
  troubles.subscribe((trouble) => parentOfRole()?.send({ event: 'trouble', error: (trouble as Trouble).error }));

  const start = async (role: RoleName, lakeId: string | null): Promise<void> => {
    running.add(role);
    const called: ((event: RoleEvent) => void)[] = [];
    listeners.set(role, called);
    const parent = {
      lakeId: lakeId ?? undefined,
      signal: stop.signal,
      send: (event: RoleEvent) => tell({ kind: 'event', role, event }),
      on: (listener: (event: RoleEvent) => void) => void called.push(listener),
    };
    await underParent(parent, async () => {
      const { command } = await load(role);
      await command.run({ config, text, origins, flags: new Map(), words: [], log: logOf(role) });
    });
    running.delete(role);
    listeners.delete(role);
    if (names.length === 1 || (stop.signal.aborted && running.size === 0)) tell({ kind: 'ended', role }, () => process.exit(0));
    else tell({ kind: 'ended', role });
  };

  const contact = async (): Promise<void> => {
    const found: { -readonly [K in keyof Contact]: Contact[K] } = { lakeId: null, size: null };
    try {
      found.lakeId = await firstContact(config, logOf('run'), 'make', async (connection) => {
        if (config.processes === undefined) found.size = await readChosenSize(connection, config.tables ?? null);
      });
      tell({ kind: 'contact', contact: found });
    } catch (error) {
      tell({ kind: 'refused', message: describeError(error), exitCode: roleExitCode(error) });
    }
  };

  process.on('message', (message: ToRoles) => {
    if (message.kind === 'contact') void contact();
    if (message.kind === 'start') void start(message.role, message.lakeId);
    if (message.kind === 'event') listeners.get(message.role)?.forEach((called) => called(message.event));
    if (message.kind !== 'ping') return;
    const now = { atMs: elapsed(), cpu: process.cpuUsage() };
    const usedMs = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000;
    tell({ kind: 'pong', cores: usedMs / Math.max(1, now.atMs - before.atMs) });
    before = now;
  });
  // Their modules are read while the first contact waits for its answers.
  for (const name of names) void load(name);
}

function tell(message: FromRoles, then?: () => void): void {
  if (process.connected) process.send?.(message, () => then?.());
  else then?.();
}
