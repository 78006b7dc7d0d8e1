/**
 * What one kind of process used in one run: all processes of that kind together, `peakMiB` of the
 * largest one.
 */
export interface ProcessUse {
  readonly process: string;
  /** User and system seconds. */
  readonly cpu: number;
  /** Highest resident memory in MiB, shared memory included. */
  readonly peakMiB: number;
  /**
   * Bytes through read and write calls (files, pipes, sockets where the program uses read and
   * write), from /proc/<pid>/io.
   */
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Bytes that went to the disk itself. */
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

/** One timed run of a contender. */
export interface Run {
  /** Seconds from the start of the first process until the work was done. */
  readonly wall: number;
  readonly processes: readonly ProcessUse[];
}

/** What one contender did, round by round. */
export interface Contender {
  readonly name: string;
  readonly runs: readonly Run[];
  /** Rows or changes of one run. */
  readonly amount: number;
  /**
   * Name of the contender that is measured against it: it is what the source, or the engine by
   * itself, can do.
   */
  readonly limitOf?: string;
  /** Runs with one row waiting: what a start takes. Rates and CPU are given without it. */
  readonly startUp?: readonly Run[];
}

/** A number to be reached: at least (`≥`) or at most (`≤`). */
export interface Bound {
  readonly sense: '≥' | '≤';
  readonly must: number;
  readonly aim: number | null;
}

/** One measured number, and what it must be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound: Bound | null;
}

/** Points of one line in a plot; `x` and `y` in the units its plot names. */
interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** What a case measured. It is only made when the content was proven right. */
export interface Outcome {
  /** Sizes, rates and everything else that the figures depend on. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly postgres: string;
  /** `rows` or `changes`. */
  readonly unit: string;
  /** Ours, each before those that it is measured against. */
  readonly contenders: readonly Contender[];
  readonly figures: readonly Figure[];
  /** What was compared, and that it was equal. */
  readonly proof: string;
  readonly plots: readonly LinePlot[];
  readonly notes: readonly string[];
}

/** The machine a result was taken on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /**
   * Cores that were at work in the second before the case began: above 0.2 the figures are of a
   * busy machine.
   */
  readonly busyCores: number;
}

/** Form of the results: another number is not for this page. */
export const FORMAT = 3;

/** One case as it is written to `<out>/<case>.json`. */
export interface CaseResult extends Outcome {
  readonly format: number;
  readonly case: string;
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly seconds: number;
}
