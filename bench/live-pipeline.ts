import { Meter } from './meter.ts';
import { Program } from './program.ts';
import type { ProcessUse } from './result.ts';
import type { Source } from './source.ts';
import { until } from './until.ts';
import type { Place } from './workplace.ts';

/**
 * `tailrace run` at work on a source, all of whose tables are live; it ends when it is disposed of.
 */
export class LivePipeline implements AsyncDisposable {
  readonly endpoint: string;
  readonly #program: Program;
  readonly #source: Source;

  private constructor(program: Program, endpoint: string, source: Source) {
    this.#program = program;
    this.endpoint = endpoint;
    this.#source = source;
  }

  /** Resolves when it is live; throws what it said when it ends before. */
  static async start(place: Place, source: Source): Promise<LivePipeline> {
    const program = new Program(place.command('run'));
    try {
      await until(() => {
        if (program.over) throw program.failure();
        return program.events('live').length > 0;
      });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    const sql = program.events('ready').at(-1)?.['sql'];
    return new LivePipeline(program, String(sql), source);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
