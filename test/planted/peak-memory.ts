import { readFileSync, readdirSync } from 'node:fs';

const EVERY_MS = 200;

/** Follows processes and keeps the most private memory each group had at one time, in bytes. */
export class PeakMemory implements Disposable {
  readonly #groups: Readonly<Record<string, () => readonly number[]>>;
  readonly #peaks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  /** `groups`: name → pids as they are now. */
  constructor(groups: Readonly<Record<string, () => readonly number[]>>) {
    this.#groups = groups;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  peaks(): Record<string, number> {
    return Object.fromEntries(this.#peaks);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [name, pids] of Object.entries(this.#groups)) {
      const bytes = pids().reduce((sum, pid) => sum + privateBytes(pid), 0);
      this.#peaks.set(name, Math.max(bytes, this.#peaks.get(name) ?? 0));
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
