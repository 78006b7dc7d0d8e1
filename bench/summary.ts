import type { Bound, Contender, Figure, Run } from './result.ts';

/** Middle value, of an even number the mean of the middle two; NaN of none, or if one is NaN. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Value below which the fraction `q` of all lies, straight lines between the points; NaN of none,
 * or if one is NaN.
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at));
}

/** Median, least and greatest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Seconds that a start takes: the median of the runs with one row waiting; 0 without such. */
export function startSeconds({ startUp = [] }: Contender): number {
  return startUp.length === 0 ? 0 : median(startUp.map(({ wall }) => wall));
}

/** Seconds of each run without a start; NaN of a run that was shorter than a start. */
export function netSeconds(contender: Contender): number[] {
  const start = startSeconds(contender);
  return contender.runs.map(({ wall }) => (wall > start ? wall - start : Number.NaN));
}

/** Rows or changes per second of each run. */
export function rates(contender: Contender): number[] {
  return netSeconds(contender).map((seconds) => contender.amount / seconds);
}

/**
 * How often ours is as fast as the other, round by round: the machine's speed drifts, so only runs
 * of one round are compared.
 */
export function ratios(ours: Contender, other: Contender): number[] {
  const theirs = rates(other);
  return rates(ours).flatMap((rate, round) => (theirs[round] === undefined ? [] : [rate / theirs[round]]));
}

/** CPU seconds of a run's processes that pass. */
export function cpu(run: Run, passes: (process: string) => boolean): number {
  return run.processes.filter(({ process }) => passes(process)).reduce((sum, use) => sum + use.cpu, 0);
}

/** Cores that our processes kept at work on average. */
export function coresUsed(run: Run | undefined): number {
  return run === undefined ? Number.NaN : cpu(run, isOurs) / run.wall;
}

/** Processes of ours, as against those of the source and of the store. */
export function isOurs(process: string): boolean {
  return !process.startsWith('source') && process !== 'store';
}

/** Whether a figure keeps its bound: null where it has none. */
export function met(figure: Figure): 'aim' | 'must' | 'no' | null {
  const { bound, value } = figure;
  if (bound === null) return null;
  if (bound.aim !== null && keeps(value, bound.sense, bound.aim)) return 'aim';
  return keeps(value, bound.sense, bound.must) ? 'must' : 'no';
}

function keeps(value: number, sense: Bound['sense'], limit: number): boolean {
  return sense === '≥' ? value >= limit : value <= limit;
}

/** Each contender that is measured against another, with that other one. */
export function pairs(contenders: readonly Contender[]): { ours: Contender; limit: Contender }[] {
  return contenders.flatMap((limit) => {
    const ours = contenders.find(({ name }) => name === limit.limitOf);
    return ours === undefined ? [] : [{ ours, limit }];
  });
}

/**
 * Medians of the rounds, ours against each limit, as figures; `bounds` by the limit's name. A limit
 * without runs was not here: its figure is NaN if it is bounded.
 */
export function ratioFigures(contenders: readonly Contender[], bounds: Readonly<Record<string, Bound>>): Figure[] {
  return pairs(contenders)
    .filter(({ limit }) => limit.runs.length > 0 || bounds[limit.name] !== undefined)
    .map(({ ours, limit }) => ({
      name: `${ours.name} ÷ ${limit.name}`,
      value: median(ratios(ours, limit)),
      unit: '×',
      bound: bounds[limit.name] ?? null,
    }));
}

/** CPU seconds of all processes of ours per million rows or changes, without those of a start. */
export function cpuFigure(ours: Contender, unit: string, bound: Bound | null): Figure {
  const start = ours.startUp === undefined ? 0 : cpuOfOurs(ours.startUp);
  return {
    name: `CPU seconds per million ${unit}, our processes`,
    value: ((cpuOfOurs(ours.runs) - start) / ours.amount) * 1e6,
    unit: 's',
    bound,
  };
}

function cpuOfOurs(runs: readonly Run[]): number {
  return median(runs.map((run) => cpu(run, isOurs)));
}

/** What the start of each contender takes, which the other figures leave out. */
export function startFigures(contenders: readonly Contender[]): Figure[] {
  return contenders
    .filter(({ startUp = [] }) => startUp.length > 0)
    .map((contender) => ({
      name: `start of ${contender.name}, one row waiting, taken off`,
      value: startSeconds(contender),
      unit: 's',
      bound: null,
    }));
}

/** The same with a label behind every name. */
export function labelled<T extends Figure | Contender>(all: readonly T[], label: string): T[] {
  return all.map((one) => {
    const named = { ...one, name: `${one.name}, ${label}` };
    return 'limitOf' in named ? { ...named, limitOf: `${named.limitOf}, ${label}` } : named;
  });
}
