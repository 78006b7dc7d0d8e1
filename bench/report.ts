import type { Timing } from './process-run.ts';

/** What one contender did in all its runs. */
export interface Contender {
  readonly name: string;
  readonly runs: readonly Timing[];
}

/**
 * Prints rows per second (median, min–max), CPU seconds and memory of each contender, and ours as a ratio to each other one.
 * `ours` is the first. Ratios are medians of ratios within a round, because the machine's speed drifts between rounds.
 */
export function printReport(title: string, rows: number, contenders: readonly Contender[]): void {
  const [ours, ...others] = contenders;
  if (ours === undefined) return;
  const lines = [
    title,
    '',
    `${'contender'.padEnd(34)}${'rows/s'.padStart(12)}${'min–max'.padStart(24)}${'CPU s'.padStart(8)}${'MiB'.padStart(7)}`,
  ];
  for (const { name, runs } of contenders) {
    const rates = runs.map((run) => rows / run.wall);
    const range = `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`;
    lines.push(
      name.padEnd(34) +
        whole(median(rates)).padStart(12) +
        range.padStart(24) +
        median(runs.map((run) => run.cpu))
          .toFixed(2)
          .padStart(8) +
        whole(Math.max(...runs.map((run) => run.peakMiB))).padStart(7),
    );
  }
  lines.push('');
  for (const other of others) {
    const ratios = ours.runs.map((run, index) => (other.runs[index]?.wall ?? Number.NaN) / run.wall);
    lines.push(`${ours.name} ÷ ${other.name} = ${median(ratios).toFixed(2)}  (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
