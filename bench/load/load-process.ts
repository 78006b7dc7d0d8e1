import { Program, script } from '../program.ts';
import { until } from '../until.ts';

/** What a load did until it was stopped. */
interface Done {
  readonly changes: number;
  readonly seconds: number;
}

/** A process that changes a source at a fixed rate; it ends when it is stopped or disposed of. */
export class LoadProcess implements AsyncDisposable {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Resolves when it has begun. `file`: a file of bench/load that calls `pacedChanges`. */
  static async start(file: string, ...args: string[]): Promise<LoadProcess> {
    const program = new Program(script('load', `load/${file}`, ...args));
    try {
      await until(() => {
        if (program.over) throw program.failure();
        return program.events('begun').length > 0;
      });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return new LoadProcess(program);
  }

  /** Throws what it said when it ended with an error. */
  async stop(): Promise<Done> {
    await this.#program[Symbol.asyncDispose]();
    await this.#program.end();
    // Its last line may come after the news of its end.
    await until(() => this.#program.events('done').length > 0);
    const [done] = this.#program.events('done');
    return { changes: Number(done?.['changes']), seconds: Number(done?.['seconds']) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
