import { readFileSync, readdirSync } from 'node:fs';

const EVERY_MS = 200;

/** What a group of processes took. */
export interface Cost {
  /** The most private memory they had at one time. */
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

/** Follows processes by looking at them now and then. */
export class ProcessCosts implements Disposable {
  readonly #groups: Readonly<Record<string, () => readonly number[]>>;
  readonly #peaks = new Map<string, number>();
  /** By group and pid: CPU seconds at the first and at the last look. */
  readonly #cpu = new Map<string, { first: number; last: number }>();
  readonly #timer: NodeJS.Timeout;

  /** `groups`: name → pids as they are now. */
  constructor(groups: Readonly<Record<string, () => readonly number[]>>) {
    this.#groups = groups;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  costs(): Record<string, Cost> {
    return Object.fromEntries(
      Object.keys(this.#groups).map((name) => {
        const seconds = [...this.#cpu].filter(([key]) => key.startsWith(`${name} `)).map(([, { first, last }]) => last - first);
        return [name, { peakBytes: this.#peaks.get(name) ?? 0, cpuSeconds: seconds.reduce((sum, one) => sum + one, 0) }];
      }),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [name, pids] of Object.entries(this.#groups)) {
      const alive = pids();
      const bytes = alive.reduce((sum, pid) => sum + privateBytes(pid), 0);
      this.#peaks.set(name, Math.max(bytes, this.#peaks.get(name) ?? 0));
      for (const pid of alive) {
        const now = cpuSeconds(pid);
        const before = this.#cpu.get(`${name} ${pid}`) ?? { first: now, last: now };
        // A process that ended since it was listed has no time any more; what it had counts.
        this.#cpu.set(`${name} ${pid}`, { first: before.first, last: Math.max(before.last, now) });
      }
    }
  }
}

/** A process and all that descend from it. */
export function family(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while it was looked at.
    }
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Anonymous memory: without shared buffers and mapped files. */
function privateBytes(pid: number): number {
  try {
    return 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** User and system time, in hundredths of a second as Linux counts them. */
function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
