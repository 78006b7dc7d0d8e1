import { readFileSync, readdirSync } from 'node:fs';

/** A process, and the arguments that it was started with. */
interface ChildProcess {
  readonly pid: number;
  readonly args: readonly string[];
}

/** Child processes of a pid as they are now, read from /proc. */
export function childrenOf(parent: number): ChildProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return ppid === parent ? [{ pid: Number(entry), args: readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0') }] : [];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    });
}
