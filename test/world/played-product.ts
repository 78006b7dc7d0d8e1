import { cpSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { createPipeline, type Pipeline, type Running } from '../support/pipeline.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { Checks } from './checks.ts';
import type { Product } from './player.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 300_000;

/** `run` at work on a source, with a process for each role. */
export class PlayedProduct implements Product, AsyncDisposable {
  comparisons = 0;
  readonly #pipeline: Pipeline;
  readonly #checks: Checks;
  #running: Running | null = null;

  constructor(database: TestDatabase, settings: World['settings']) {
    this.#pipeline = createPipeline({ source: database.url, env: { TAILRACE_LOG_LEVEL: 'warn', ...settings } });
    this.#checks = new Checks(database, this.#pipeline, { settings, said: () => this.#said() });
  }

  async do(deed: string): Promise<void> {
    switch (deed) {
      case 'start':
        // A world kills single roles.
        this.#running ??= this.#pipeline.start(['run', '--processes', 'each', '--sql-port', '0', '--http-port', '0']);
        return;
      case 'stop':
        return this.#stop();
      case 'crash':
        await this.#running?.[Symbol.asyncDispose]();
        this.#running = null;
        return;
      case 'compare':
        return this.#compare();
      case 'verify':
        return this.#checks.verify();
      default:
        return this.#kill(deed.slice('kill '.length));
    }
  }

  keep(folder: string): void {
    cpSync(this.#pipeline.folder, folder, { recursive: true });
  }

  async #stop(): Promise<void> {
    this.#running?.kill('SIGTERM');
    const ended = await this.#running?.ended();
    this.#running = null;
    // Asked before it could hear, it just ends.
    if (ended === undefined || ended.code === 0 || ended.signal === 'SIGTERM') return;
    throw new Error(`asked to stop, it ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`);
  }

  async #kill(role: string): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const pid = await eventually(() => running.roles().get(role), `role ${role}`);
    process.kill(pid, 'SIGKILL');
  }

  async #compare(): Promise<void> {
    await this.do('start');
    await this.#running?.event('ready');
    await this.#checks.compare(PATIENCE_MS);
    this.comparisons += 1;
  }

  #said(): string[] {
    return this.#running?.stderr().split('\n').slice(-30) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
  }
}
