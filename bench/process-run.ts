import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** One timed run of a process. */
export interface Timing {
  /** Seconds from the start of the process until it was done. */
  readonly wall: number;
  /** User and system seconds of the process itself. */
  readonly cpu: number;
  /** Highest resident memory in MiB. */
  readonly peakMiB: number;
}

/** Kernel clock ticks per second in /proc (fixed at 100 for user space on Linux). */
const TICKS = 100;

/**
 * Starts a program and waits until `done` resolves (or until it ends by itself), then takes its figures and ends it.
 * Throws what it said when it fails first.
 */
export async function timedRun(command: string, args: string[], done?: () => Promise<void>): Promise<Timing> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-3000)));
  const ended = once(child, 'exit');
  let figures = { cpu: 0, peakMiB: 0 };
  const sampler = setInterval(() => (figures = sample(child.pid ?? 0) ?? figures), 20);
  try {
    if (done === undefined) await ended;
    else await Promise.race([done(), ended]);
    const wall = (performance.now() - begun) / 1000;
    if (done === undefined ? child.exitCode !== 0 : child.exitCode !== null)
      throw new Error(`${command} ${args.join(' ')} failed: ${said}`);
    figures = sample(child.pid ?? 0) ?? figures;
    return { wall, ...figures };
  } finally {
    clearInterval(sampler);
    child.kill('SIGTERM');
    if (child.exitCode === null) await ended;
  }
}

/** The command line of this checkout. */
export function tailrace(...args: string[]): [string, string[]] {
  return [process.execPath, [path.join(import.meta.dirname, '../bin/tailrace.js'), ...args]];
}

function sample(pid: number): { cpu: number; peakMiB: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, peakMiB: Number(peak?.[1] ?? 0) / 1024 };
  } catch {
    return null;
  }
}
