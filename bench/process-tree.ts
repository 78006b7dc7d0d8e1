import { readFileSync } from 'node:fs';

/** Figures of one living process, from its start. */
export interface ProcessSample {
  readonly pid: number;
  readonly kind: string;
  readonly cpu: number;
  readonly peakMiB: number;
  readonly io: readonly [read: number, written: number, diskRead: number, diskWritten: number];
}

/** Kernel clock ticks per second in /proc (100 for user space on Linux). */
const TICKS = 100;

/**
 * A process and everything below it, as /proc shows them now. Processes that end during the call
 * are left out.
 */
export function sampleTree(root: number, name: string): ProcessSample[] {
  const found: ProcessSample[] = [];
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const sample = sampleProcess(pid, name);
    if (sample === null) continue;
    found.push(sample);
    open.push(...children(pid));
  }
  return found;
}

/**
 * Memory of a process and everything below it in MiB: a page that several share is counted once in
 * all (PSS).
 */
export function treeMemory(root: number): number {
  return sampleTree(root, '').reduce((sum, { pid }) => sum + pssMiB(pid), 0);
}

function pssMiB(pid: number): number {
  const rollup = tryRead(`/proc/${pid}/smaps_rollup`) ?? '';
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
}

/**
 * Children are listed by the thread that made them; Node and Postgres make theirs in the first one.
 */
function children(pid: number): number[] {
  return (tryRead(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

function sampleProcess(pid: number, name: string): ProcessSample | null {
  const stat = tryRead(`/proc/${pid}/stat`);
  const status = tryRead(`/proc/${pid}/status`);
  if (stat === null || status === null) return null;
  // The second field is the program's name in parentheses and may itself hold blanks and
  // parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // One that has ended and was not waited for has no memory any more; what it was last seen with
  // stays.
  if (fields[0] === 'Z') return null;
  const io = tryRead(`/proc/${pid}/io`) ?? '';
  const count = (field: string): number => Number(new RegExp(`^${field}: (\\d+)`, 'm').exec(io)?.[1] ?? 0);
  return {
    pid,
    kind: processKind((tryRead(`/proc/${pid}/cmdline`) ?? '').split('\0'), name),
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
    peakMiB: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    io: [count('rchar'), count('wchar'), count('read_bytes'), count('write_bytes')],
  };
}

/** What a process is, by its command line; `name` is what its tree is called. */
function processKind(args: readonly string[], name: string): string {
  const title = args[0] ?? '';
  if (title.startsWith('postgres: walsender')) return 'source: walsender';
  if (name === 'source') return /^postgres: (?:postgres|parallel|[^ ]+ [^ ]+ (?:\[|\d))/.test(title) ? 'source: backends' : 'source: other';
  if (args.some((arg) => /engine-child\.[tj]s$/.test(arg))) return 'engine';
  const roles = args.findIndex((arg) => /role-process\.[tj]s$/.test(arg));
  if (roles !== -1) return args.slice(roles + 1, -1).join(' + ');
  const bin = args.findIndex((arg) => arg.endsWith('bin/tailrace.js'));
  return (bin === -1 ? undefined : args[bin + 1]) ?? name;
}

function tryRead(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
