import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is started: `name` is how its processes are called in the figures. */
export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const STOP_WITHIN_MS = 20_000;

/** A process of the bench, ended with SIGTERM (after 20 s SIGKILL) when it is disposed of. */
export class Program implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #events: ({ readonly event: string } & Readonly<Record<string, unknown>>)[] = [];
  #stdout = '';
  #stderr = '';

  constructor({ name, command, args, env }: Command) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TAILRACE_LOG_LEVEL: 'warn', ...env } });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout = (this.#stdout + chunk.toString()).slice(-1_000_000)));
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', (line) => this.#note(line));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-3000)));
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get over(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** What it printed so far that are such events. */
  events(name: string): Readonly<Record<string, unknown>>[] {
    return this.#events.filter(({ event }) => event === name);
  }

  #note(line: string): void {
    if (line.startsWith('{"event"')) this.#events.push(JSON.parse(line) as { event: string });
  }

  /**
   * Resolves when it has ended by itself, with its exit code; throws what it said when that is not
   * among `allowed`.
   */
  async end(allowed: readonly number[] = [0]): Promise<number> {
    if (!this.over) await this.#ended;
    const code = this.#child.exitCode ?? -1;
    if (!allowed.includes(code)) throw this.failure();
    return code;
  }

  failure(): Error {
    const code = this.#child.exitCode ?? this.#child.signalCode;
    return new Error(`${this.#child.spawnargs.join(' ')} ended with ${code}: ${this.#stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.over) return;
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([this.#ended, sleep(STOP_WITHIN_MS, null, { ref: false })]);
    if (ended === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

let profileFolder: string | null = null;

/** From now on every role of ours writes a CPU profile into this folder when it ends. */
export function profileInto(folder: string): void {
  profileFolder = path.resolve(folder);
}

/**
 * The command line of this checkout. `run` is left out of profiles: it does nothing itself, and its
 * roles are started by it.
 */
export function tailrace(...args: string[]): Command {
  const name = args[0] ?? '';
  const profile =
    profileFolder === null || name === 'run'
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];
  return { name, command: process.execPath, args: [...profile, path.join(import.meta.dirname, '../bin/tailrace.js'), ...args] };
}

/** A TypeScript file of the bench as a process of its own. */
export function script(name: string, file: string, ...args: string[]): Command {
  return { name, command: process.execPath, args: [path.join(import.meta.dirname, file), ...args] };
}
