import { type ProcessSample, sampleTree } from './process-tree.ts';
import type { ProcessUse } from './result.ts';

/** Trees to be measured: name → pid of the first process. */
export type Roots = ReadonlyMap<string, number>;

const EVERY_MS = 50;

/**
 * Measures process trees from now until `stop`. Figures of processes that were there before count
 * from now on. A process that ends keeps what it was last seen with, so up to 50 ms of its last
 * work are missing.
 */
export class Meter {
  readonly #roots: Roots;
  readonly #before = new Map<number, ProcessSample>();
  readonly #last = new Map<number, ProcessSample>();
  readonly #timer: NodeJS.Timeout;

  constructor(roots: Roots) {
    this.#roots = roots;
    this.#look(this.#before);
    this.#timer = setInterval(() => this.#look(this.#last), EVERY_MS);
  }

  /** What each kind of process used since the beginning. */
  stop(): ProcessUse[] {
    clearInterval(this.#timer);
    this.#look(this.#last);
    const uses = new Map<string, ProcessUse>();
    for (const sample of this.#last.values())
      uses.set(sample.kind, add(uses.get(sample.kind), since(sample, this.#before.get(sample.pid))));
    return [...uses.values()].toSorted((a, b) => b.cpu - a.cpu);
  }

  #look(into: Map<number, ProcessSample>): void {
    for (const [name, pid] of this.#roots) for (const sample of sampleTree(pid, name)) into.set(sample.pid, sample);
  }
}

function since(now: ProcessSample, before: ProcessSample | undefined): ProcessUse {
  const [read, written, diskRead, diskWritten] = now.io;
  const [read0 = 0, written0 = 0, diskRead0 = 0, diskWritten0 = 0] = before?.io ?? [];
  return {
    process: now.kind,
    cpu: now.cpu - (before?.cpu ?? 0),
    peakMiB: now.peakMiB,
    readBytes: read - read0,
    writtenBytes: written - written0,
    diskReadBytes: diskRead - diskRead0,
    diskWrittenBytes: diskWritten - diskWritten0,
  };
}

function add(a: ProcessUse | undefined, b: ProcessUse): ProcessUse {
  if (a === undefined) return b;
  return {
    process: a.process,
    cpu: a.cpu + b.cpu,
    peakMiB: Math.max(a.peakMiB, b.peakMiB),
    readBytes: a.readBytes + b.readBytes,
    writtenBytes: a.writtenBytes + b.writtenBytes,
    diskReadBytes: a.diskReadBytes + b.diskReadBytes,
    diskWrittenBytes: a.diskWrittenBytes + b.diskWrittenBytes,
  };
}
