import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import type { Machine } from './result.ts';

/** The machine and how busy it is now. */
export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    loadBefore: os.loadavg()[0] ?? Number.NaN,
  };
}

/** Short hash of the checkout's commit, with `+` when files differ from it; `unknown` without git. */
export function commit(): string {
  const cwd = path.join(import.meta.dirname, '..');
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
