import { cpu, isOurs, met, rates, ratios, spread } from './summary.ts';
import type { CaseResult, Figure, Machine } from './result.ts';

const BUSY_CORES = 0.2;

/** A case's figures as text for a terminal. */
export function resultText(result: CaseResult): string {
  const { contenders, unit } = result;
  const lines = [
    `${result.case}: ${Object.entries(result.settings)
      .map(([key, value]) => `${key} ${typeof value === 'number' ? number(value) : value}`)
      .join(', ')}; Postgres ${result.postgres}, ${result.commit}`,
    '',
  ];
  if (contenders.length > 0)
    lines.push(
      columns([
        ['contender', `${unit}/s`, 'min–max', 'CPU s ours', 'CPU s source', 'peak MiB', 'read MB', 'written MB'],
        ...contenders.filter(({ runs }) => runs.length > 0).map(contenderRow),
      ]),
      '',
    );
  const [ours, ...others] = contenders;
  for (const other of others.filter(({ runs, limit }) => limit && runs.length > 0))
    if (ours !== undefined)
      lines.push(
        `${ours.name} ÷ ${other.name}: ${ratios(ours, other)
          .map((ratio) => ratio.toFixed(2))
          .join(', ')}`,
      );
  for (const run of ours?.runs.slice(-1).filter(({ processes }) => processes.length > 0) ?? [])
    lines.push(
      `last run, CPU s and MiB: ${run.processes.map((use) => `${use.process} ${use.cpu.toFixed(2)} s ${number(use.peakMiB)} MiB`).join(' · ')}`,
    );
  lines.push('', figureTable(result.figures), '', `proof: ${result.proof}`, ...result.notes.map((note) => `note: ${note}`));
  if (result.machine.busyCores > BUSY_CORES)
    lines.push(`note: the machine was busy (${number(result.machine.busyCores)} cores before the case began); take no figure seriously`);
  return `${lines.join('\n')}\n`;
}

function contenderRow(contender: CaseResult['contenders'][number]): string[] {
  const rate = spread(rates(contender));
  const sum = (of: (run: (typeof contender.runs)[number]) => number): number => spread(contender.runs.map(of)).median;
  const ours = (field: 'readBytes' | 'writtenBytes'): number =>
    sum(({ processes }) => processes.filter(({ process }) => isOurs(process)).reduce((total, use) => total + use[field], 0));
  return [
    contender.name,
    number(rate.median),
    `${number(rate.min)}–${number(rate.max)}`,
    sum((run) => cpu(run, isOurs)).toFixed(2),
    sum((run) => cpu(run, (process) => process.startsWith('source'))).toFixed(2),
    number(
      Math.max(
        0,
        ...contender.runs.flatMap(({ processes }) => processes.filter(({ process }) => isOurs(process)).map(({ peakMiB }) => peakMiB)),
      ),
    ),
    number(ours('readBytes') / 1e6),
    number(ours('writtenBytes') / 1e6),
  ];
}

/** `figure, value, must, aim, met` of figures, as lines. */
export function figureTable(figures: readonly Figure[]): string {
  return columns([['figure', 'value', 'must', 'aim', 'met'], ...figures.map(figureRow)]);
}

/** The cells of one figure, for tables of any kind. */
export function figureRow(figure: Figure): string[] {
  const { bound } = figure;
  return [
    figure.name,
    `${number(figure.value)} ${figure.unit}`.trim(),
    bound === null ? '' : `${bound.sense} ${number(bound.must)}`,
    bound === null || bound.aim === null ? '' : `${bound.sense} ${number(bound.aim)}`,
    { aim: 'aim', must: 'yes', no: 'NO', none: '' }[met(figure) ?? 'none'],
  ];
}

/** Every figure that has to reach something, with its case before it. */
export function boundedRows(results: readonly CaseResult[]): string[][] {
  return results.flatMap((result) =>
    result.figures.filter(({ bound }) => bound !== null).map((figure) => [result.case, ...figureRow(figure)]),
  );
}

/** The heads of these rows. */
export const BOUNDED_HEAD = ['case', 'figure', 'value', 'must', 'aim', 'met'] as const;

/** A machine in one line. */
export function machineText({ cpu: model, cores, memoryGiB, kernel, node }: Machine): string {
  return `${model}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, Node ${node}`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three digits that matter, thousands grouped. */
export function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
