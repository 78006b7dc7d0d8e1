import type { Bound, Contender, Figure, Run } from './result.ts';

/** Middle value, of an even number the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Value below which the fraction `q` of all lies, straight lines between the points; NaN of none.
 */
export function quantile(values: readonly number[], q: number): number {
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

/** Rows or changes per second of each run. */
export function rates({ amount, runs }: Contender): number[] {
  return runs.map(({ wall }) => amount / wall);
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

/**
 * Medians of the rounds, ours against each other contender, as figures; `bounds` by the other's
 * name.
 */
export function ratioFigures(contenders: readonly Contender[], bounds: Readonly<Record<string, Bound>>): Figure[] {
  const [ours, ...others] = contenders;
  if (ours === undefined) return [];
  return others
    .filter(({ runs, limit }) => limit && runs.length > 0)
    .map((other) => ({
      name: `${ours.name} ÷ ${other.name}`,
      value: median(ratios(ours, other)),
      unit: '×',
      bound: bounds[other.name] ?? null,
    }));
}

/** CPU seconds of all processes of ours per million rows or changes. */
export function cpuFigure(ours: Contender, unit: string, bound: Bound | null): Figure {
  return {
    name: `CPU seconds per million ${unit}, our processes`,
    value: (median(ours.runs.map((run) => cpu(run, isOurs))) / ours.amount) * 1e6,
    unit: 's',
    bound,
  };
}
