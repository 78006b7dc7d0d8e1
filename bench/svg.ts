import type { LinePlot } from './result.ts';
import { number } from './print-result.ts';

/**
 * One bar: what it stands for, its parts from left to right, and the least and greatest value where
 * runs differ.
 */
export interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly value: number; readonly color: number }[];
  readonly range?: readonly [min: number, max: number];
}

const WIDTH = 720;
const LABEL = 190;
const VALUE = 90;
const ROW = 28;

/** Horizontal bars on one scale, with the sum of the parts at the end. */
export function bars(title: string, items: readonly Bar[]): string {
  const total = (bar: Bar): number => bar.parts.reduce((sum, part) => sum + part.value, 0);
  const greatest = Math.max(...items.map((bar) => Math.max(total(bar), bar.range?.[1] ?? 0)), Number.MIN_VALUE);
  const scale = (value: number): number => (value / greatest) * (WIDTH - LABEL - VALUE);
  const rows = items.map((bar, row) => {
    const y = row * ROW;
    let x = LABEL;
    const parts = bar.parts.map((part) => {
      const width = scale(part.value);
      x += width;
      return `<rect x="${(x - width).toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW - 10}" class="c${part.color}"><title>${escape(`${part.name}: ${number(part.value)}`)}</title></rect>`;
    });
    const range =
      bar.range === undefined
        ? ''
        : whisker(
            bar.range.map((value) => LABEL + scale(value)),
            y + ROW / 2,
          );
    const end = LABEL + scale(Math.max(total(bar), bar.range?.[1] ?? 0)) + 8;
    return `<text x="${LABEL - 8}" y="${y + 18}" class="end">${escape(bar.label)}</text>${parts.join('')}${range}<text x="${end.toFixed(1)}" y="${y + 18}">${number(total(bar))}</text>`;
  });
  return figure(title, items.length * ROW, rows.join('\n'));
}

function whisker(ends: readonly number[], y: number): string {
  const [from = 0, to = 0] = ends;
  return `<path class="whisker" d="M${from.toFixed(1)} ${y - 5}v10M${from.toFixed(1)} ${y}H${to.toFixed(1)}M${to.toFixed(1)} ${y - 5}v10"/>`;
}

const PLOT_HEIGHT = 240;
const LEFT = 70;
const BOTTOM = 40;
const STEPS = 4;

/** Lines over a shared x, from zero. */
export function lines({ title, x, y, lines: all }: LinePlot): string {
  const points = all.flatMap((line) => line.points);
  const [maxX, maxY] = [
    Math.max(...points.map(([value]) => value), Number.MIN_VALUE),
    Math.max(...points.map(([, value]) => value), Number.MIN_VALUE),
  ];
  const toX = (value: number): string => (LEFT + (value / maxX) * (WIDTH - LEFT - 20)).toFixed(1);
  const toY = (value: number): string => (PLOT_HEIGHT - BOTTOM - (value / maxY) * (PLOT_HEIGHT - BOTTOM - 12)).toFixed(1);
  const grid = Array.from({ length: STEPS + 1 }, (_, step) => {
    const [valueX, valueY] = [(maxX * step) / STEPS, (maxY * step) / STEPS];
    return `<path class="grid" d="M${LEFT} ${toY(valueY)}H${WIDTH - 20}"/><text x="${LEFT - 8}" y="${Number(toY(valueY)) + 4}" class="end">${number(valueY)}</text><text x="${toX(valueX)}" y="${PLOT_HEIGHT - BOTTOM + 18}" class="middle">${number(valueX)}</text>`;
  });
  const paths = all.map(
    (line, index) =>
      `<path class="line s${index % 6}" d="${line.points.map(([a, b], at) => `${at === 0 ? 'M' : 'L'}${toX(a)} ${toY(b)}`).join('')}"/>`,
  );
  const names = `<text x="${(LEFT + WIDTH - 20) / 2}" y="${PLOT_HEIGHT - 4}" class="middle">${escape(x)}</text>`;
  return (
    figure(`${title} (${y})`, PLOT_HEIGHT, [...grid, ...paths, names].join('\n')) +
    legend(all.map(({ name }, index) => ({ name, color: index % 6 })))
  );
}

/** What the colors stand for. */
export function legend(items: readonly { readonly name: string; readonly color: number }[]): string {
  return `<p class="legend">${items.map(({ name, color }) => `<span><i class="b${color}"></i>${escape(name)}</span>`).join('')}</p>`;
}

function figure(title: string, height: number, body: string): string {
  return `<figure><figcaption>${escape(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">${body}</svg></figure>`;
}

/** Text for HTML and for attributes in double quotes. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
