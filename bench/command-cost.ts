import { readFileSync } from 'node:fs';
import { sampleTree } from './process-tree.ts';
import { type Command, Program } from './program.ts';
import { median } from './summary.ts';
import { until } from './until.ts';

/** Kernel clock ticks per second in /proc (100 for user space on Linux). */
const TICKS = 100;

/** What a start or a command took, in seconds. On a busy machine only `cpu` says something. */
export interface Cost {
  readonly wall: number;
  /** User and system time of all its processes. */
  readonly cpu: number;
}

/** Medians over `runs` runs, one after the other, of a command that ends with 0. */
export async function commandCost(command: Command, runs: number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run++) {
    const [begun, before] = [performance.now(), endedChildren()];
    await using program = new Program(command);
    await program.end();
    costs.push({ wall: (performance.now() - begun) / 1000, cpu: endedChildren() - before });
  }
  return { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) };
}

/** From the start of `run` until it says that it is ready; then it is stopped. */
export async function startCost(command: Command): Promise<Cost> {
  const begun = performance.now();
  await using program = new Program(command);
  await until(() => {
    if (program.over) throw program.failure();
    return program.events('ready').length > 0;
  });
  return { wall: (performance.now() - begun) / 1000, cpu: sampleTree(program.pid, 'run').reduce((sum, { cpu }) => sum + cpu, 0) };
}

/** CPU seconds of all children of this process that have ended. */
function endedChildren(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}
