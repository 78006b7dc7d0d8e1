import { BOUNDED_HEAD, boundedRows, machineText, number } from './print-result.ts';
import type { CaseResult } from './result.ts';
import { cpu, isOurs, median, rates, spread } from './summary.ts';
import { type Bar, bars, escape, legend, lines } from './svg.ts';

const COLORS = ['#2563a8', '#c8781e', '#3f8f4f', '#8a4fa0', '#b83a4b', '#6b7280'];
const DARK = ['#6fa8e6', '#e8a757', '#79c48a', '#c08fd6', '#e57a88', '#9ca3af'];

const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c2430; --faint: #667085; --line: #d8dee6; ${COLORS.map((color, n) => `--c${n}: ${color};`).join(' ')} }
@media (prefers-color-scheme: dark) { :root { --back: #14181f; --text: #e6e9ee; --faint: #9aa4b2; --line: #333b47; ${DARK.map((color, n) => `--c${n}: ${color};`).join(' ')} } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
figure { margin: 1.5rem 0 0.3rem; } figcaption { font-weight: 600; margin-bottom: 0.3rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--text); font-size: 12px; } .end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--line); } .line { fill: none; stroke-width: 1.8; } .whisker { stroke: var(--text); stroke-width: 1.5; fill: none; }
${COLORS.map((_, n) => `.c${n} { fill: var(--c${n}); } .s${n} { stroke: var(--c${n}); } .b${n} { background: var(--c${n}); }`).join('\n')}
.legend span { margin-right: 1.2rem; white-space: nowrap; font-size: 13px; } .legend i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } td, th { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); }
td:nth-child(n+3), th:nth-child(n+3) { text-align: right; white-space: nowrap; } .no { color: var(--c4); font-weight: 600; } .faint, footer { color: var(--faint); font-size: 13px; }
`;

/**
 * All results as one HTML page that needs nothing else, light or dark as the reader's system is.
 */
export function page(results: readonly CaseResult[]): string {
  const [first] = results;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>tailrace: benchmarks</title><style>${STYLE}</style></head>
<body><h1>tailrace: benchmarks</h1><p>${escape(first === undefined ? '' : machineText(first.machine))}</p>
${figures(results)}
${results.map(section).join('\n')}
</body></html>
`;
}

function figures(results: readonly CaseResult[]): string {
  const cells = boundedRows(results).map(
    (row) => `<tr>${row.map((cell) => `<td${cell === 'NO' ? ' class="no"' : ''}>${escape(cell)}</td>`).join('')}</tr>`,
  );
  return `<table><tr>${BOUNDED_HEAD.map((name) => `<th>${name}</th>`).join('')}</tr>${cells.join('')}</table>`;
}

function section(result: CaseResult): string {
  const contenders = result.contenders.filter(({ runs }) => runs.length > 0);
  const rate = contenders.filter(isTimed).map((contender): Bar => {
    const { median: middle, min, max } = spread(rates(contender));
    return {
      label: contender.name,
      parts: [{ name: contender.name, value: middle, color: contender.limitOf === undefined ? 0 : 5 }],
      range: [min, max],
    };
  });
  const kinds = [
    ...new Set(contenders.flatMap(({ runs }) => runs.flatMap(({ processes }) => processes.map(({ process }) => shown(process))))),
  ];
  const color = (kind: string): number => (isOurs(kind) ? kinds.filter(isOurs).indexOf(kind) % 5 : 5);
  const seconds = contenders.map(({ name, runs }): Bar => ({
    label: name,
    parts: kinds.map((kind) => ({
      name: kind,
      value: median(runs.map((run) => cpu(run, (process) => shown(process) === kind))),
      color: color(kind),
    })),
  }));
  const memory = contenders
    .map((contender): Bar => ({ label: contender.name, parts: peaks(contender, color) }))
    .filter(({ parts }) => parts.length > 0);
  const settings = Object.entries(result.settings).map(([key, value]) => `${key} ${value}`);
  return `<section><h2>${escape(result.case)}</h2><p class="faint">${escape([...settings, `Postgres ${result.postgres}`, result.commit, result.at, `${number(result.machine.busyCores)} cores busy before`].join(' · '))}</p>
${rate.length === 0 ? '' : bars(`${result.unit} per second: median, least and greatest`, rate)}
${contenders.length === 0 ? '' : bars('CPU seconds of one run, by process', seconds) + legend(kinds.map((name) => ({ name, color: color(name) })))}
${memory.length === 0 ? '' : bars('peak memory in MiB, by process', memory) + legend(kinds.filter(isOurs).map((name) => ({ name, color: color(name) })))}
${result.plots.map(lines).join('\n')}
<p>${escape(`Proof: ${result.proof}.`)}</p>${result.notes.map((note) => `<p class="faint">${escape(note)}</p>`).join('')}</section>`;
}

/** Whether each run took longer than a start. */
function isTimed(contender: CaseResult['contenders'][number]): boolean {
  return !rates(contender).some(Number.isNaN);
}

/** The source's processes are one part of a bar. */
function shown(process: string): string {
  return isOurs(process) ? process : (process.split(':')[0] ?? process);
}

/** What each of our processes had at most, over the runs. */
function peaks({ runs }: CaseResult['contenders'][number], color: (kind: string) => number): Bar['parts'] {
  const greatest = new Map<string, number>();
  for (const { process, peakMiB } of runs.flatMap(({ processes }) => processes).filter((use) => isOurs(use.process)))
    greatest.set(process, Math.max(peakMiB, greatest.get(process) ?? 0));
  return [...greatest].map(([name, value]) => ({ name, value, color: color(name) }));
}
