import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BOUNDED_HEAD, boundedRows, figureRow, machineText, number, wasBusy } from './print-result.ts';
import type { CaseResult } from './result.ts';
import { cpu, isOurs, rates, spread } from './summary.ts';

/** Where the last figures are. */
export const RESULTS = path.join(import.meta.dirname, 'RESULTS.md');

/** Writes them as `bench/RESULTS.md`. */
export function writeResultsMarkdown(results: readonly CaseResult[]): void {
  writeFileSync(RESULTS, resultsMarkdown(results));
}

/** First everything that must be reached, then each case. */
export function resultsMarkdown(results: readonly CaseResult[]): string {
  const [first] = results;
  const place = first === undefined ? '' : `${machineText(first.machine)}, Postgres ${first.postgres}`;
  return `# Results

Written by \`npm run bench -- all\` at ${first?.at ?? ''}, commit ${first?.commit ?? ''}, on: ${place}.
${quiet(results)}
What each case does is in [README.md](README.md). Ratios hold on other machines, absolute figures do not. Cases that are not below were not played, or failed.

${table(BOUNDED_HEAD, boundedRows(results))}

${results.map(section).join('\n\n')}
`;
}

function quiet(results: readonly CaseResult[]): string {
  const busy = results.filter(wasBusy).map((result) => result.case);
  if (busy.length > 0) return `**The machine was busy before: ${busy.join(', ')}. Take no figure of these seriously.**`;
  const most = Math.max(...results.map(({ machine }) => machine.busyCores));
  return `The machine was quiet: before each case others kept at most ${number(most)} cores busy.`;
}

function section(result: CaseResult): string {
  const rows = result.contenders
    .filter(({ runs, amount }) => runs.length > 0 && amount > 0)
    .map((contender) => {
      const { median, min, max } = spread(rates(contender));
      return [
        contender.name,
        number(median),
        `${number(min)}–${number(max)}`,
        String(contender.runs.length),
        spread(contender.runs.map((run) => cpu(run, isOurs))).median.toFixed(2),
      ];
    });
  const settings = Object.entries(result.settings).map(([key, value]) => `${key} ${typeof value === 'number' ? number(value) : value}`);
  return [
    `## ${result.case}`,
    '',
    `${settings.join(', ')}; ${result.seconds} s in all.`,
    ...(rows.length === 0 ? [] : ['', table(['', `${result.unit}/s, median`, 'min–max', 'runs', 'CPU s of one run'], rows)]),
    '',
    table(
      ['figure', 'value'],
      result.figures.map((figure) => figureRow(figure).slice(0, 2)),
    ),
    '',
    `Proof: ${result.proof}.`,
    ...result.notes.map((note) => `\n${note}`),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
