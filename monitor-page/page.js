// The live page: what the monitor sends (server-sent events `report` and `history`) put into the elements of page.html. Text only ever goes in as text.
'use strict';

const SHOWN_AT_FIRST = 200;
const POINTS = 4000;
const byId = (id) => document.getElementById(id);
const state = { report: null, history: [], all: false, charts: [] };

const seconds = (value) => {
  if (value === null || value === undefined) return '–';
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} m ${Math.round(value % 60)} s`;
  return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} m`;
};
const bytes = (value) => {
  if (value === null || value === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return power === 0 ? `${Math.round(value)} B` : `${(value / 1024 ** power).toFixed(1)} ${units[power]}`;
};
const position = (lsn) => {
  if (lsn === null) return null;
  const [high, low] = lsn.split('/');
  return parseInt(high, 16) * 2 ** 32 + parseInt(low, 16);
};
const behind = (ahead, after) => (ahead === null || after === null ? null : Math.max(0, position(ahead) - position(after)));

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function fill(id, children) {
  byId(id).replaceChildren(...children);
}

function set(id, text, className) {
  const found = byId(id);
  if (found.textContent !== text) found.textContent = text;
  if (className !== undefined) found.className = className;
}

function showVerdict({ withinSla, freshnessSeconds, slaSeconds, tables }) {
  const parked = tables.filter((table) => table.state === 'parked').length;
  const missing = tables.filter(isUnpublished).length;
  const words = withinSla ? 'within' : 'NOT within';
  const besides = [parked === 0 ? '' : `, ${parked} parked`, missing === 0 ? '' : `, ${missing} not replicated`].join('');
  set(
    'verdict',
    `${seconds(freshnessSeconds)} behind, ${words} the promised ${seconds(slaSeconds)}${besides}`,
    withinSla ? 'fine' : 'trouble',
  );
  document.title = `${withinSla ? '' : '⚠ '}${seconds(freshnessSeconds)} – tailrace`;
}

function showWay({ source, lake, warehouse, cause, windows }) {
  const { slot, walBudget } = source;
  set('source-lsn', source.lsn ?? 'no answer');
  const budget =
    walBudget.budgetBytes === null
      ? 'no budget known'
      : `${Math.floor((walBudget.share ?? 0) * 100)} % of the budget of ${bytes(walBudget.budgetBytes)}`;
  const ends = [
    slot.secondsUntilLost === null ? null : `slot lost in ${seconds(slot.secondsUntilLost)}`,
    source.secondsUntilDiskFull === null ? null : `disk full in ${seconds(source.secondsUntilDiskFull)}`,
    source.longestTransaction === null ? null : `transaction open for ${seconds(source.longestTransaction.seconds)}`,
  ].filter((fact) => fact !== null);
  set('source-facts', [`keeps ${bytes(slot.retainedBytes)} of WAL for us, ${budget}`, ...ends].join('; '));
  set('replicator-lag', slot.active ? `${bytes(behind(source.lsn, lake.durableLsn))} behind` : 'not connected');
  set('replicator-facts', `slot ${slot.name ?? '–'} ${slot.walStatus ?? 'missing'}`);
  set('lake-lsn', lake.durableLsn ?? '–');
  set('lake-facts', `${lake.batches.toLocaleString('en')} batches`);
  set('compactor-lag', `${bytes(behind(lake.durableLsn, warehouse.appliedLsn))} behind`);
  const last = windows[0];
  set(
    'compactor-facts',
    last === undefined ? '' : `last window ${last.durationMs} ms, ${last.rows.toLocaleString('en')} rows of ${last.tables} tables`,
  );
  set('warehouse-lsn', warehouse.appliedLsn ?? '–');
  set('warehouse-facts', warehouse.asOf === null ? 'nothing yet' : `as of ${warehouse.asOf}`);
  for (const item of byId('way').children) item.classList.toggle('guilty', cause !== null && item.dataset.stage === cause.stage);
  byId('cause').hidden = cause === null;
  set('cause', cause === null ? '' : `held up by the ${cause.stage}: ${cause.reason}`);
}

function showAlerts({ alerts, notes }) {
  fill(
    'notes',
    notes.map((note) => element('li', note, 'warn')),
  );
  const active = alerts.active.map((alert) =>
    element(
      'li',
      `${alert.kind}: ${alert.summary} Since ${alert.since}; see docs/RUNBOOK.md#${alert.kind}`,
      alert.severity === 'alert' ? 'trouble' : 'warn',
    ),
  );
  const failing = alerts.deliveries
    .filter(({ failure }) => failure !== null)
    .map(({ channel, waiting, failure }) => element('li', `${channel} does not take alerts (${waiting} wait): ${failure}`, 'trouble'));
  fill('alerts', active.length + failing.length === 0 ? [element('li', 'none', 'fine')] : [...active, ...failing]);
  fill(
    'recent',
    alerts.recent.length === 0
      ? [element('li', 'nothing')]
      : alerts.recent.map(({ at, status, alert }) => element('li', `${at} ${status} ${alert.kind}: ${alert.summary}`)),
  );
}

function showWindows({ windows }) {
  const lines = windows.map(({ startedAt, kind, durationMs, rows, tables }) =>
    element('li', `${startedAt} ${kind}: ${durationMs} ms, ${rows.toLocaleString('en')} rows of ${tables} tables`),
  );
  fill('windows', lines.length === 0 ? [element('li', 'none yet')] : lines);
}

function showStages({ stages }) {
  const rows = stages.map(({ stage, p50, p95, p99 }) => {
    const row = element('tr');
    row.append(element('th', stage), ...[p50, p95, p99].map((value) => element('td', seconds(value))));
    row.firstChild.scope = 'row';
    return row;
  });
  const none = element('tr');
  none.append(element('td', 'no change came through in the last minutes'));
  byId('stages').tBodies[0].replaceChildren(...(rows.length === 0 ? [none] : rows));
}

const share = (table) => (table.freshnessSeconds ?? 0) / table.slaSeconds;
const isUnpublished = ({ state: at, error }) => at === 'unpublished' || (at === 'live' && error !== null);
const rank = (table) =>
  table.state === 'parked' || isUnpublished(table) ? 3 : table.state === 'live' || table.state === 'dropped' ? 0 : 1;

function remark(table) {
  const cell = element('td');
  if (table.state === 'parked') {
    cell.append(
      element('span', `${table.error?.message ?? ''} Mend it, then `, 'trouble'),
      element('code', `tailrace resume '${table.table}'`),
    );
  } else if (isUnpublished(table)) {
    cell.append(element('span', table.error?.message ?? '', 'trouble'));
  } else if (table.copy) {
    const bar = element('progress');
    bar.max = 1;
    bar.value = table.copy.share;
    bar.setAttribute('aria-label', `copy of ${table.table}`);
    const left = table.copy.secondsLeft === null ? '' : `, about ${seconds(table.copy.secondsLeft)} left`;
    cell.append(bar, ` ${Math.floor(table.copy.share * 100)} % copied${left}`);
  } else if (table.state !== 'live' && table.cause !== null) cell.append(table.cause.reason);
  else if (table.appendOnly) cell.append('append-only: no key');
  return cell;
}

function showTables({ tables }) {
  const wanted = byId('filter').value.trim().toLowerCase();
  const fitting = tables
    .filter(({ table }) => table.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(b) - rank(a) || share(b) - share(a) || (a.table < b.table ? -1 : 1));
  const shown = state.all ? fitting : fitting.slice(0, SHOWN_AT_FIRST);
  set('count', `${fitting.length} of ${tables.length}${shown.length < fitting.length ? `, the first ${shown.length} shown` : ''}`);
  byId('more').hidden = shown.length === fitting.length;
  const rows = shown.map((table) => {
    const row = element('tr');
    const late = table.state === 'parked' || isUnpublished(table) || share(table) > 1;
    row.append(
      element('td', table.table),
      element('td', table.state, late ? 'trouble' : table.state === 'live' ? 'fine' : ''),
      element('td', seconds(table.freshnessSeconds), `number${late ? ' trouble' : ''}`),
      element('td', seconds(table.slaSeconds), 'number'),
      element('td', table.asOf === null ? '–' : table.asOf.replace(/\.\d+Z$/, 'Z'), 'time'),
      remark(table),
    );
    return row;
  });
  byId('tables').tBodies[0].replaceChildren(...rows);
}

function chart(id, label, value) {
  const target = byId(id);
  // A canvas knows no variables: the colours are taken from elements that have them.
  const color = getComputedStyle(document.body).color;
  const line = getComputedStyle(byId('way').children[0]).borderTopColor;
  const axis = {
    stroke: color,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
  };
  const made = new uPlot(
    {
      width: Math.max(200, target.clientWidth),
      height: 160,
      cursor: { y: false },
      legend: { show: false },
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
      axes: [axis, { ...axis, size: 60 }],
      series: [
        {},
        { label, stroke: getComputedStyle(document.querySelector('footer a')).color, width: 1.5, fill: 'rgba(100,150,220,.18)' },
      ],
    },
    [[], []],
    target,
  );
  target.setAttribute('role', 'img');
  state.charts.push({ made, target, label, value });
}

function drawCharts() {
  const times = state.history.map(({ atMs }) => atMs / 1000);
  for (const { made, target, label, value } of state.charts) {
    const values = state.history.map((sample, at) => value(sample, state.history[at - 1]));
    made.setData([times, values]);
    const known = values.filter((one) => one !== null);
    const said = known.length === 0 ? ['nothing yet'] : ['now', known.at(-1).toFixed(1), 'at most', Math.max(...known).toFixed(1)];
    target.setAttribute('aria-label', [label, ...said].join(' '));
  }
}

function showHistory(samples) {
  const newest = state.history.at(-1)?.atMs ?? 0;
  state.history.push(...samples.filter(({ atMs }) => atMs > newest));
  state.history = state.history.slice(-POINTS);
  drawCharts();
}

function show(report) {
  state.report = report;
  showVerdict(report);
  showWay(report);
  showAlerts(report);
  showStages(report);
  showWindows(report);
  showTables(report);
  set('connection', `as of ${new Date().toLocaleTimeString()}`, 'quiet');
}

function begin() {
  chart('chart-freshness', 'freshness', ({ freshnessSeconds }) => freshnessSeconds);
  chart('chart-rate', 'MiB of WAL a second', (sample, before) =>
    before === undefined || sample.sourceBytes === null || before.sourceBytes === null
      ? null
      : Math.max(0, (sample.sourceBytes - before.sourceBytes) / ((sample.atMs - before.atMs) / 1000) / 1024 ** 2),
  );
  chart('chart-wal', 'MiB of WAL kept', ({ retainedBytes }) => (retainedBytes === null ? null : retainedBytes / 1024 ** 2));
  new ResizeObserver(() => {
    for (const { made, target } of state.charts) made.setSize({ width: Math.max(200, target.clientWidth), height: 160 });
  }).observe(document.body);
  byId('filter').addEventListener('input', () => state.report && showTables(state.report));
  byId('more').addEventListener('click', () => {
    state.all = true;
    if (state.report) showTables(state.report);
    byId('tables').focus();
  });
  const events = new EventSource('events');
  events.addEventListener('report', ({ data }) => show(JSON.parse(data)));
  events.addEventListener('history', ({ data }) => showHistory(JSON.parse(data)));
  events.addEventListener('error', () => set('connection', 'the monitor does not answer; trying again…', 'trouble'));
}

begin();
