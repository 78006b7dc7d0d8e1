import type { CaseResult, Contender, Figure, Machine, Run } from './result.ts';
import { cpu, isOurs, met, pairs, rates, ratios, spread, startSeconds } from './summary.ts';

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
        ['contender', `${unit}/s`, 'min–max', 'start s', 'CPU s ours', 'CPU s source', 'peak MiB', 'read MB', 'written MB'],
        ...contenders.filter(({ runs }) => runs.length > 0).map(contenderRow),
      ]),
      '',
    );
  for (const { ours, limit } of pairs(contenders).filter(({ limit: { runs } }) => runs.length > 0))
    lines.push(
      `${ours.name} ÷ ${limit.name}: ${ratios(ours, limit)
        .map((ratio) => ratio.toFixed(2))
        .join(', ')}`,
    );
  for (const { name, run } of lastRuns(contenders))
    lines.push(
      `${name}, last run, CPU s and MiB: ${run.processes.map((use) => `${use.process} ${use.cpu.toFixed(2)} s ${number(use.peakMiB)} MiB`).join(' · ')}`,
    );
  lines.push('', figureTable(result.figures), '', `proof: ${result.proof}`, ...result.notes.map((note) => `note: ${note}`));
  if (wasBusy(result))
    lines.push(`note: the machine was busy (${number(result.machine.busyCores)} cores before the case began); take no figure seriously`);
  return `${lines.join('\n')}\n`;
}

/** The last run of each of ours whose processes were measured. */
function lastRuns(contenders: readonly Contender[]): { name: string; run: Run }[] {
  return contenders
    .filter(({ limitOf }) => limitOf === undefined)
    .flatMap(({ name, runs }) => runs.slice(-1).map((run) => ({ name, run })))
    .filter(({ run }) => run.processes.length > 0);
}

function contenderRow(contender: Contender): string[] {
  const rate = spread(rates(contender));
  const sum = (of: (run: (typeof contender.runs)[number]) => number): number => spread(contender.runs.map(of)).median;
  const ours = (field: 'readBytes' | 'writtenBytes'): number =>
    sum(({ processes }) => processes.filter(({ process }) => isOurs(process)).reduce((total, use) => total + use[field], 0));
  return [
    contender.name,
    number(rate.median),
    `${number(rate.min)}–${number(rate.max)}`,
    contender.startUp === undefined ? '' : startSeconds(contender).toFixed(2),
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
function figureTable(figures: readonly Figure[]): string {
  return columns([['figure', 'value', 'must', 'aim', 'met'], ...figures.map(figureRow)]);
}

/** The cells of one figure, for tables of any kind. */
export function figureRow(figure: Figure): string[] {
  const { bound } = figure;
  return [
    figure.name,
    Number.isNaN(figure.value) ? 'not measured' : `${number(figure.value)} ${figure.unit}`.trim(),
    bound === null ? '' : `${bound.sense} ${number(bound.must)}`,
    bound === null || bound.aim === null ? '' : `${bound.sense} ${number(bound.aim)}`,
    { aim: 'aim', must: 'yes', no: 'NO', none: '' }[met(figure) ?? 'none'],
  ];
}

/**
 * Every figure that has to reach something, with its case before it. The proof stands behind the
 * first figure of its case.
 */
export function boundedRows(results: readonly CaseResult[]): string[][] {
  return results.flatMap((result) =>
    result.figures
      .filter(({ bound }) => bound !== null)
      .map((figure, index) => [result.case, ...figureRow(figure), index === 0 ? result.proof : '']),
  );
}

/** The heads of these rows. */
export const BOUNDED_HEAD = ['case', 'figure', 'value', 'must', 'aim', 'met', 'proof'] as const;

/** The same for a terminal: proofs are below the table, one a line. */
export function boundedText(results: readonly CaseResult[]): string {
  const rows = [BOUNDED_HEAD, ...boundedRows(results)].map((row) => row.slice(0, -1));
  return `${columns(rows, 2)}\n\n${results.map((result) => `proof of ${result.case}: ${result.proof}`).join('\n')}`;
}

/** Whether others worked on the machine when a case began. */
export function wasBusy({ machine }: CaseResult): boolean {
  return machine.busyCores > BUSY_CORES;
}

/** A machine in one line. */
export function machineText({ cpu: model, cores, memoryGiB, kernel, node }: Machine): string {
  return `${model}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, Node ${node}`;
}

/** The first `left` columns begin on the left, the others end on the right. */
function columns(rows: readonly (readonly string[])[], left = 1): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three digits that matter, thousands grouped; `–` for NaN. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
