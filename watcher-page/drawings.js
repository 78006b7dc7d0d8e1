// The four ways to draw an answer. Text is only ever inserted as text.
import { element } from './figures.js';
import { cellValue, drawnColumns, isNumber, linesOf, shownValue } from './values.js';

const HEIGHT = 190;
/** More rows of a table are shown on request. */
const ROWS_AT_FIRST = 100;
const colorOf = (line) => `var(--s${line % 8})`;
/** A canvas cannot use CSS variables, so colours are read from an element that has them. */
function inked(target, color) {
  const probe = element('span');
  probe.style.color = color;
  target.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

export function tableOf({ columns, types, rows }, { label, all = false }) {
  const scroll = element('div', null, 'scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', label);
  const table = element('table');
  const head = element('tr');
  const classOf = (column) => (isNumber(types[column]) ? 'number' : '');
  head.append(
    ...columns.map((name, column) => {
      const cell = element('th', name, classOf(column));
      cell.scope = 'col';
      return cell;
    }),
  );
  table.createTHead().append(head);
  const body = table.createTBody();
  const lineOf = (row) => {
    const line = element('tr');
    line.append(...row.map((value, column) => element('td', cellValue(value, types[column]), classOf(column))));
    return line;
  };
  body.append(...rows.slice(0, all ? rows.length : ROWS_AT_FIRST).map(lineOf));
  scroll.append(table);
  if (!all && rows.length > ROWS_AT_FIRST) {
    const more = element('button', `Show all ${rows.length.toLocaleString('en')} rows`);
    more.type = 'button';
    more.addEventListener('click', () => {
      scroll.dispatchEvent(new CustomEvent('all', { bubbles: true }));
      more.remove();
      body.append(...rows.slice(ROWS_AT_FIRST).map(lineOf));
      scroll.focus();
    });
    scroll.append(more);
  }
  return scroll;
}

/** The first row: one large figure, and the other columns as small ones. */
function numberOf(panel, answer) {
  const { y } = drawnColumns({ ...panel, x: null, series: null }, answer);
  const [row] = answer.rows;
  const first = panel.y.length > 0 ? y[0] : (answer.types.findIndex(isNumber) + answer.types.length + 1) % (answer.types.length + 1);
  const large = first < answer.types.length ? first : 0;
  const others = panel.y.length > 0 ? y.slice(1) : answer.columns.flatMap((_, column) => (column === large ? [] : [column]));
  const drawn = element('div');
  drawn.append(element('p', shownValue(row[large]), 'figure-large'));
  const list = element('dl', null, 'figures');
  for (const column of others) {
    const pair = element('div');
    pair.append(element('dt', answer.columns[column]), element('dd', shownValue(row[column])));
    list.append(pair);
  }
  if (others.length > 0) drawn.append(list);
  return drawn;
}

/** Horizontal bars, which have room for names at any width. */
function barsOf(panel, answer) {
  const { xs, lines } = linesOf(panel, answer);
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => Math.abs(value ?? 0))));
  const { x } = drawnColumns(panel, answer);
  const names = answer.rows.map((row) => shownValue(row[x]));
  const drawn = element('div', null, 'bars');
  for (const [place, at] of xs.map((_, index) => [[...new Set(names)][index], index])) {
    for (const [index, { label, values }] of lines.entries()) {
      if (values[at] === null) continue;
      const track = element('span', null, 'track');
      const bar = element('span', null, 'bar');
      bar.style.width = `${most === 0 ? 0 : (Math.abs(values[at]) / most) * 100}%`;
      bar.style.background = colorOf(index);
      track.append(bar);
      drawn.append(
        element('span', lines.length === 1 ? place : `${place} · ${label}`, 'name'),
        track,
        element('span', shownValue(values[at]), 'number'),
      );
    }
  }
  return drawn;
}

const widthOf = (target) => Math.max(180, target.clientWidth);
const timeText = (spanSeconds) => (time) => {
  const iso = new Date(time * 1000).toISOString();
  if (spanSeconds > 200 * 86_400) return iso.slice(0, 7);
  return spanSeconds > 2 * 86_400 ? iso.slice(5, 10) : spanSeconds > 600 ? iso.slice(11, 16) : iso.slice(11, 19);
};

/** One time alone: no other one tells how much of it counts. */
function wholeTime(time) {
  const iso = new Date(time * 1000).toISOString();
  if (time % 86_400 === 0) return iso.slice(0, 10);
  return time % 60 === 0 ? iso.slice(11, 16) : iso.slice(11, 19);
}

/** A line chart; `bars` draws bars over a time axis. Kept in `panel.plot` as long as it fits. */
function plotOf(panel, answer, { body, bars }) {
  const { kind, xs, lines, leftOut } = linesOf(panel, answer);
  const places = kind === 'name' ? xs.map((_, index) => index) : xs;
  const data = [places, ...lines.map(({ values }) => values)];
  const single = places.length === 1;
  const form = JSON.stringify([kind, bars, single, lines.map(({ label }) => label), matchMedia('(prefers-color-scheme: dark)').matches]);
  if (panel.plot?.form === form && panel.plot.made.root.isConnected) {
    panel.plot.names = xs;
    panel.plot.made.setData(data);
    return null;
  }
  panel.plot?.made.destroy();
  const target = element('div', null, 'plot');
  target.setAttribute('role', 'img');
  body.replaceChildren(target);
  const ink = inked(body, 'var(--quiet)');
  const line = inked(body, 'var(--line)');
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '12px system-ui, sans-serif' };
  const plot = { form, names: xs, target };
  const along = {
    time: { values: (made, times) => times.map(single ? wholeTime : timeText(made.scales.x.max - made.scales.x.min)) },
    number: {},
    name: { values: (_made, indexes) => indexes.map((index) => (Number.isInteger(index) ? (plot.names[index] ?? '') : '')) },
  }[kind];
  const range = single ? aroundPoint : bars ? aroundBars : null;
  plot.made = new uPlot(
    {
      width: widthOf(body),
      height: HEIGHT,
      padding: [8, 24, 0, 0],
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
      cursor: { y: false },
      legend: { show: false },
      scales: {
        x: { time: kind === 'time', ...(range === null ? {} : { range }) },
        y: { range: (_made, least, most) => spanOf(least, most) },
      },
      axes: [
        { ...axis, size: 32, ...along, ...(single ? { splits: (made) => [...made.data[0]] } : {}) },
        { ...axis, size: 58, values: (_made, marks) => marks.map(short) },
      ],
      series: [
        {},
        ...lines.map(({ label }, index) => ({
          label,
          stroke: inked(body, colorOf(index)),
          width: 1.75,
          spanGaps: false,
          points: { show: places.length < 40 },
          ...(bars ? { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: inked(body, colorOf(index)), points: { show: false } } : {}),
        })),
      ],
    },
    data,
    target,
  );
  panel.plot = plot;
  if (lines.length > 1) {
    const legend = element('ul', null, 'legend');
    legend.append(
      ...lines.map(({ label }, index) => {
        const item = element('li');
        item.style.color = colorOf(index);
        item.append(element('span', label));
        return item;
      }),
    );
    body.append(legend);
  }
  if (leftOut > 0) body.append(element('p', `${leftOut} more lines are not drawn`, 'quiet'));
  return null;
}

/** Zero is always on the axis, so that heights can be compared. */
function spanOf(least, most) {
  if (least === null || most === null) return [0, 1];
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  return low === high ? [0, 1] : [low * 1.05, high * 1.08];
}

/** A single point stands in the middle. uPlot would draw years to its right. */
function aroundPoint(made) {
  const [place] = made.data[0];
  return [place - 1, place + 1];
}

/** Room for the outer halves of the first and the last bar. */
function aroundBars(made, least, most) {
  const count = Math.max(1, made.data[0].length - 1);
  const half = (most - least) / count / 2 || 1;
  return [least - half, most + half];
}

const short = (value) => (Math.abs(value) >= 1e4 ? Intl.NumberFormat('en', { notation: 'compact' }).format(value) : shownValue(value));

/** Puts an answer with rows into the body of a panel. */
export function draw(panel, answer, body) {
  const label = panel.title;
  if (panel.chart === 'table') body.replaceChildren(tableOf(answer, { label, all: panel.all }));
  else if (panel.chart === 'number') body.replaceChildren(numberOf(panel, answer));
  else if (panel.chart === 'bar' && linesOf(panel, answer).kind !== 'time') body.replaceChildren(barsOf(panel, answer));
  else plotOf(panel, answer, { body, bars: panel.chart === 'bar' });
  panel.plot?.target.setAttribute('aria-label', `${label}: ${summaryOf(panel, answer)}`);
}

/** The newest value of each line, for those who cannot see the chart. */
function summaryOf(panel, answer) {
  const { lines } = linesOf(panel, answer);
  return lines.map(({ label, values }) => `${label} ${shownValue(values.findLast((value) => value !== null) ?? null)}`).join(', ');
}

export function resize(panel, body) {
  panel.plot?.made.setSize({ width: widthOf(body), height: HEIGHT });
}
