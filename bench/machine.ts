import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './result.ts';

const LOOK_MS = 1000;

/**
 * The machine, and how busy others keep it: looked at for a second in which the bench does nothing.
 */
export async function thisMachine(): Promise<Machine> {
  const before = busyMs();
  await sleep(LOOK_MS);
  const busyCores = (busyMs() - before) / LOOK_MS;
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    busyCores,
  };
}

/** Milliseconds that all cores together have worked since the machine was started. */
function busyMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/**
 * Short hash of the checkout's commit, with `+` when files differ from it; `unknown` without git.
 */
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
