import { Meter, type Roots } from './meter.ts';
import { type Command, Program } from './program.ts';
import type { Run } from './result.ts';
import { until } from './until.ts';

/**
 * When a run is over: as soon as this says yes (asked every 10 ms); null: when its first process
 * has ended by itself.
 */
export type Done = ((programs: readonly Program[]) => boolean | Promise<boolean>) | null;

/**
 * Starts programs and measures them, and the source's server when its pid is given, and `others`,
 * until the work is done; then ends them.
 * Throws what a program said when it ended too early or with an error.
 */
export async function timedRun(
  commands: readonly Command[],
  source: number | null,
  done: Done = null,
  others: Roots = new Map(),
): Promise<Run> {
  const programs: Program[] = [];
  const roots = new Map<string, number>([...(source === null ? [] : [['source', source] as const]), ...others]);
  const meter = new Meter(roots);
  const begun = performance.now();
  try {
    for (const command of commands) {
      const program = new Program(command);
      programs.push(program);
      roots.set(program.name, program.pid);
    }
    const [first] = programs;
    if (done === null) await first?.end();
    else await until(async () => (await done(programs)) || throwIfOver(programs));
    return { wall: (performance.now() - begun) / 1000, processes: meter.stop() };
  } finally {
    meter.stop();
    for (const program of programs.toReversed()) await program[Symbol.asyncDispose]();
  }
}

function throwIfOver(programs: readonly Program[]): false {
  const over = programs.find((program) => program.over);
  if (over !== undefined) throw over.failure();
  return false;
}
