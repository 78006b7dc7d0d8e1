import { Meter } from './meter.ts';
import { treeMemory } from './process-tree.ts';
import { Program } from './program.ts';
import type { ProcessUse } from './result.ts';
import type { Source } from './source.ts';
import { until } from './until.ts';
import type { Place } from './workplace.ts';

/** Far more than a copy of the largest table takes; a lake that is away never ends by itself. */
const LIVE_WITHIN_MS = 3_600_000;

/**
 * `tailrace run` at work on a source, all of whose tables are live; it ends when it is disposed of.
 */
export class LivePipeline implements AsyncDisposable {
  readonly endpoint: string;
  /** Address of the page of its monitor. */
  readonly page: string;
  readonly #program: Program;
  readonly #source: Source;

  private constructor(program: Program, { sql, page }: Readonly<Record<string, unknown>>, source: Source) {
    this.#program = program;
    this.endpoint = String(sql);
    this.page = String(page);
    this.#source = source;
  }

  /** Resolves when it is live; throws what it said when it ends before. */
  static async start(place: Place, source: Source): Promise<LivePipeline> {
    const program = new Program(place.command('run'));
    const giveUp = performance.now() + LIVE_WITHIN_MS;
    try {
      await until(() => {
        if (program.over) throw program.failure();
        if (performance.now() > giveUp) throw new Error(`"run" is not live after ${LIVE_WITHIN_MS / 60_000} minutes`);
        return program.events('live').length > 0;
      });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return new LivePipeline(program, program.events('ready').at(-1) ?? {}, source);
  }

  /**
   * What its processes, and those of the source where it is ours, use while `work` is under way;
   * and its seconds and result.
   */
  async measured<T>(work: () => Promise<T>): Promise<{ result: T; wall: number; processes: ProcessUse[] }> {
    const roots = new Map([['run', this.#program.pid]]);
    if (this.#source.pid !== null) roots.set('source', this.#source.pid);
    const meter = new Meter(roots);
    const begun = performance.now();
    try {
      const result = await work();
      return { result, wall: (performance.now() - begun) / 1000, processes: meter.stop() };
    } finally {
      meter.stop();
    }
  }

  /** Memory of all its processes in MiB (PSS). */
  memory(): number {
    return treeMemory(this.#program.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
