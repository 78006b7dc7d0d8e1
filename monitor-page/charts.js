// The charts of the last six hours.
import { byId, seconds, state } from './figures.js';

const POINTS = 4000;
/** A canvas cannot use CSS variables, so colours are read from elements that have them. */
const colorOf = (selector, property) => getComputedStyle(document.querySelector(selector))[property];

/**
 * A chart of `value` of each sample. With a `limit`, both lines share a logarithmic scale, so that
 * both are visible.
 */
export function chart(id, { label, value, limit = null }) {
  const target = byId(id);
  const line = colorOf('#way li', 'borderTopColor');
  const axis = { stroke: colorOf('body', 'color'), grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const accent = colorOf('footer a', 'color');
  const series = [{}, { label, stroke: accent, width: 1.5, fill: 'rgba(100,150,220,.18)' }];
  if (limit !== null) series.push({ label: 'target', stroke: colorOf('#target', 'color'), width: 1.5, dash: [6, 4] });
  const y =
    limit === null
      ? { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] }
      : { distr: 3, range: (_plot, _least, most) => [LEAST_SECONDS, Math.max(10, (most ?? 0) * 2)] };
  const marks =
    limit === null
      ? {}
      : {
          splits: () => MARKS,
          filter: (_plot, shown) => shown,
          values: (_plot, shown) => shown.map((mark) => (mark < 10 ? `${mark} s` : seconds(mark))),
        };
  const made = new uPlot(
    {
      width: widthOf(target),
      height: 160,
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
      cursor: { y: false },
      legend: { show: false },
      scales: { y },
      axes: [
        { ...axis, values: (_plot, times) => times.map(hourOf) },
        { ...axis, size: 60, ...marks },
      ],
      series,
    },
    series.map(() => []),
    target,
  );
  target.setAttribute('role', 'img');
  state.charts.push({ made, target, label, value, limit });
}

/** The least value shown: a logarithmic scale has no zero. */
const LEAST_SECONDS = 0.1;
export const widthOf = (target) => Math.max(200, target.clientWidth);
const hourOf = (time) => new Date(time * 1000).toISOString().slice(11, 16);
const MARKS = [0.1, 1, 10, 60, 600, 3600, 36_000];

export function drawCharts() {
  const times = state.history.map(({ atMs }) => atMs / 1000);
  for (const { made, target, label, value, limit } of state.charts) {
    const values = state.history.map((sample, at) => value(sample, state.history[at - 1]));
    const most = limit?.() ?? null;
    made.setData(
      limit === null
        ? [times, values]
        : [times, values.map((one) => (one === null ? null : Math.max(LEAST_SECONDS, one))), times.map(() => most)],
    );
    const known = values.filter((one) => one !== null);
    const said = known.length === 0 ? ['no data yet'] : ['now', known.at(-1).toFixed(1), 'maximum', Math.max(...known).toFixed(1)];
    target.setAttribute('aria-label', [label, ...said, ...(most === null ? [] : ['target', most])].join(' '));
  }
}

export function showHistory(samples) {
  const newest = state.history.at(-1)?.atMs ?? 0;
  state.history.push(...samples.filter(({ atMs }) => atMs > newest));
  state.history = state.history.slice(-POINTS);
  drawCharts();
}
