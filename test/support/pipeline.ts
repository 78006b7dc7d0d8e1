import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { silentLogger } from '../../core/log.ts';
import { ROLES } from '../../core/setting.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { readOwner } from '../../warehouse/owner.ts';
import { childrenOf } from './servers/child-processes.ts';
import { eventually } from './eventually.ts';
import { PROGRAM } from './servers/program.ts';

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One event line of `run`. */
type RunEvent = { readonly event: string } & Record<string, unknown>;

/** A long-running `tailrace` process and what it has said so far. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly events: RunEvent[];
  readonly stdout: () => string;
  readonly stderr: () => string;
  /**
   * Resolves with the first event that fits, already said or not; fails when the process ends
   * first.
   */
  event(name: string, fits?: (event: RunEvent) => boolean, timeoutMs?: number): Promise<RunEvent>;
  /** Resolves when it has ended, with exit code and signal. */
  ended(): Promise<Finished>;
  kill(signal: NodeJS.Signals): void;
  /** Pids of the roles' processes, by role name, as they are now; roles may share one. */
  roles(): Map<string, number>;
}

/** Lake and warehouse in a folder of the test's own, and the command line over them. */
export interface Pipeline extends AsyncDisposable {
  readonly folder: string;
  readonly lake: string;
  readonly warehouse: string;
  /** Runs a command to its end. */
  cli(args: string[], env?: Record<string, string>): Promise<Finished>;
  /**
   * What the running warehouse answers, as TabSeparated without the end of the last line. A test
   * that waited with `tailrace sql` would keep a core busy with starting processes.
   */
  query(sql: string): Promise<string>;
  /** Starts `run` or a role and leaves it running until disposed of. */
  start(args: string[], env?: Record<string, string>): Running;
}

/**
 * Makes an empty pipeline for a source; everything started is killed and the folder removed when it
 * is disposed of.
 */
export function createPipeline(options: {
  source: string;
  lake?: string;
  warehouse?: string;
  env?: Record<string, string>;
  /** The program to start; default: the one of this checkout. */
  bin?: string;
}): Pipeline {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-e2e-'));
  const lake = options.lake ?? path.join(folder, 'lake');
  const warehouse = options.warehouse ?? path.join(folder, 'warehouse');
  const settings = {
    TAILRACE_SOURCE: options.source,
    TAILRACE_LAKE: lake,
    TAILRACE_WAREHOUSE: warehouse,
    TAILRACE_LOG_LEVEL: 'info',
    ...options.env,
  };
  const running: Running[] = [];
  const launch = (args: string[], env: Record<string, string>): ChildProcess =>
    spawn(process.execPath, [options.bin ?? PROGRAM, ...args], {
      cwd: folder,
      env: { ...process.env, ...settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    folder,
    lake,
    warehouse,
    cli: (args, env = {}) => finish(launch(args, env)),
    async query(sql) {
      await using engine = await openEndpoint(warehouse);
      const { body } = await engine.read({ sql, format: 'TabSeparated' });
      return (await text(body)).trimEnd();
    },
    start(args, env = {}) {
      const child = follow(launch(args, env));
      running.push(child);
      return child;
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) await child[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** A server, or the endpoint of a directory's owner. Rejects while there is none. */
async function openEndpoint(warehouse: string): Promise<HttpEngine> {
  const log = silentLogger();
  if (URL.canParse(warehouse)) return HttpEngine.open({ url: warehouse, log });
  const owner = await readOwner(warehouse);
  if (owner === null || owner.endpoint === null) throw new Error(`no endpoint serves ${warehouse}`);
  return HttpEngine.open({ url: owner.endpoint, token: owner.token, log });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, ...said };
}

function follow(child: ChildProcess): Running {
  const events: RunEvent[] = [];
  const finished = finish(child);
  let over: Finished | null = null;
  let stdout = '';
  let stderr = '';
  void finished.then((result) => (over = result));
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"event"')) events.push(JSON.parse(line) as RunEvent);
    });
  }
  const pid = child.pid ?? 0;
  return {
    pid,
    events,
    stdout: () => stdout,
    stderr: () => stderr,
    async event(name, fits = () => true, timeoutMs = 120_000) {
      return eventually(
        () => {
          const found = events.find((event) => event.event === name && fits(event));
          if (found === undefined && over !== null)
            throw new Error(`ended with ${over.code ?? over.signal} before "${name}": ${over.stderr.slice(-2000)}`);
          return found;
        },
        `event "${name}"`,
        timeoutMs,
      );
    },
    ended: () => finished,
    kill: (signal) => child.kill(signal),
    roles: () => childRoles(pid),
    async [Symbol.asyncDispose]() {
      const roles = [...childRoles(pid).values()];
      child.kill('SIGKILL');
      for (const role of roles) killQuietly(role);
      await finished;
    },
  };
}

/** Child processes of a pid by the role they were started for. */
function childRoles(parent: number): Map<string, number> {
  const roles = new Map<string, number>();
  for (const { pid, args } of childrenOf(parent))
    for (const role of args.filter((arg) => ROLES.some((name) => name === arg))) roles.set(role, pid);
  return roles;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
