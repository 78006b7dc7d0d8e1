// The page of reports: puts the server-sent events of /report/events into panels.
import { byId, clock, element, seconds, set } from './figures.js';
import { draw, resize, tableOf } from './drawings.js';
import { drawnColumns } from './values.js';

/** An answer that is further behind is late: the default freshness target, as of a table. */
const LATE_SECONDS = 1800;
const TICK_MS = 1_000;

/** Panels by name: what they are, their elements, their latest answer or trouble. */
const panels = new Map();
/** Milliseconds that the clock of the server is ahead of ours. */
let ahead = 0;
let connected = false;

const lagOf = (asOf) => Math.max(0, (Date.now() + ahead - Date.parse(asOf)) / 1000);

function makePanel(name) {
  const section = element('section', null, 'panel');
  const parts = {
    title: element('h2'),
    about: element('p', null, 'quiet'),
    trouble: element('p'),
    body: element('div', null, 'body'),
    more: element('details'),
    stands: element('p', null, 'quiet stands'),
  };
  parts.title.id = `title-${name}`;
  section.id = `report-${name}`;
  section.setAttribute('aria-labelledby', parts.title.id);
  parts.trouble.setAttribute('role', 'status');
  parts.trouble.hidden = true;
  parts.more.hidden = true;
  parts.more.append(element('summary', 'As a table'));
  section.append(parts.title, parts.about, parts.trouble, parts.body, parts.more, parts.stands);
  const panel = { name, section, parts, answer: null, error: null, asOf: null, all: false, plot: null };
  parts.more.addEventListener('toggle', () => showTable(panel));
  section.addEventListener('all', () => (panel.all = true));
  return panel;
}

/** Figures first, then charts, then tables; by name within each. */
const RANKS = ['number', 'line', 'bar', 'table'];
const byRank = (a, b) => RANKS.indexOf(a.chart) - RANKS.indexOf(b.chart) || (a.name < b.name ? -1 : 1);
/** A table with more columns has a row of its own. */
const NARROW_COLUMNS = 4;

function showReports({ isSet, panels: wanted }) {
  for (const [name, { section, plot }] of panels) {
    if (wanted.some((one) => one.name === name)) continue;
    plot?.made.destroy();
    section.remove();
    panels.delete(name);
  }
  for (const one of wanted.toSorted(byRank)) {
    const panel = panels.get(one.name) ?? makePanel(one.name);
    panels.set(one.name, panel);
    Object.assign(panel, { title: one.title, chart: one.chart, x: one.x, y: one.y, series: one.series, fileError: one.error });
    panel.plot?.made.destroy();
    panel.plot = null;
    panel.parts.title.textContent = one.title;
    panel.parts.about.textContent = one.about.split(/(?<=\.)\s/)[0];
    panel.parts.about.title = one.about;
    panel.parts.about.hidden = one.about === '';
    byId('panels').append(panel.section);
    showPanel(panel);
  }
  const none = byId('none');
  none.hidden = wanted.length > 0;
  if (wanted.length === 0) none.replaceChildren(...(isSet ? emptyFolder() : notSet()));
}

function sentence(...parts) {
  const made = element('p');
  made.append(...parts);
  return made;
}

function notSet() {
  return [
    element('h2', 'No reports: models is not set'),
    sentence('Start with ', element('code', '--models DIR'), ' or set ', element('code', 'TAILRACE_MODELS'), '.'),
    sentence('Each file in ', element('code', 'DIR/reports'), ' is a report: one SELECT. Any query can be watched without it: '),
    sentence(element('code', 'tailrace watch "SELECT count() FROM public.orders"')),
  ];
}

function emptyFolder() {
  return [
    element('h2', 'There is no report yet'),
    sentence(
      'Put a file with one SELECT into the folder ',
      element('code', 'reports'),
      ' of the directory of models. It shows here within a second.',
    ),
  ];
}

function showPanel(panel) {
  const { parts, answer, section } = panel;
  const missing = answer === null ? null : drawnColumns(panel, answer).missing;
  const unknown = missing === null ? null : `The answer has no column ${missing}. Correct @x, @y or @series.`;
  const trouble = panel.error ?? panel.fileError ?? unknown;
  // Its first build, or the copy of a table, is on its way.
  const coming = trouble?.startsWith('TABLE_NOT_LIVE: ') ?? false;
  parts.trouble.hidden = trouble === null;
  if (parts.trouble.textContent !== (trouble ?? '')) parts.trouble.textContent = trouble ?? '';
  parts.trouble.className = coming ? 'warn' : 'trouble';
  section.classList.toggle('broken', trouble !== null && !coming);
  section.classList.toggle('wide', panel.chart === 'table' && (answer?.columns.length ?? 0) > NARROW_COLUMNS);
  parts.body.classList.toggle('outdated', panel.error !== null);
  if (answer === null) parts.body.replaceChildren(...(trouble === null ? [element('p', 'waiting for the first answer…', 'quiet')] : []));
  else if (answer.rows.length === 0) {
    panel.plot?.made.destroy();
    panel.plot = null;
    parts.body.replaceChildren(element('p', 'no rows', 'quiet'));
  } else if (missing === null) draw(panel, answer, parts.body);
  else parts.body.replaceChildren(tableOf(answer, { label: panel.title }));
  parts.more.hidden = answer === null || answer.rows.length === 0 || !['line', 'bar'].includes(panel.chart);
  showTable(panel);
  showStanding(panel);
}

function showTable({ parts, answer, title }) {
  const [summary] = parts.more.children;
  const isOpen = parts.more.open && answer !== null && !parts.more.hidden;
  parts.more.replaceChildren(summary, ...(isOpen ? [tableOf(answer, { label: `${title} as a table` })] : []));
}

function showStanding({ parts, answer, asOf, section }) {
  if (answer === null) return void (parts.stands.textContent = '');
  const lag = asOf === null ? null : lagOf(asOf);
  const late = lag !== null && lag > LATE_SECONDS;
  section.classList.toggle('late', late);
  parts.stands.className = late ? 'warn stands' : 'quiet stands';
  const time = asOf === null ? '' : clock(asOf);
  const today = new Date(Date.now() + ahead).toISOString().slice(0, 10);
  const said = lag === null ? 'no commit yet' : `as of ${time.replace(`${today} `, '')}, ${seconds(lag)} behind${late ? ': late' : ''}`;
  parts.stands.textContent = `${said} · ${answer.ms} ms`;
  parts.stands.title = `as of ${time}, ${answer.lsn}; answered in ${answer.ms} ms`;
}

function showVerdict() {
  const all = [...panels.values()];
  const broken = all.filter(({ section }) => section.classList.contains('broken')).length;
  const late = all.filter(({ section }) => section.classList.contains('late')).length;
  const waiting = all.filter(({ answer, section }) => answer === null && !section.classList.contains('broken')).length;
  const lags = all.flatMap(({ asOf }) => (asOf === null ? [] : [lagOf(asOf)]));
  const worst = lags.length === 0 ? '' : `, at most ${seconds(Math.max(...lags))} behind`;
  const said = [
    `${all.length} ${all.length === 1 ? 'report' : 'reports'}${worst}`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(broken > 0 ? [`${broken} failing`] : []),
    ...(late > 0 ? [`${late} late`] : []),
  ];
  if (all.length === 0) set('verdict', 'no reports', 'quiet');
  else set('verdict', said.join(', '), broken > 0 ? 'trouble' : late > 0 || waiting > 0 ? 'warn' : 'fine');
  set('connection', connected ? '' : 'the monitor does not answer; retrying…', connected ? 'quiet' : 'trouble');
  document.title = `${broken > 0 ? '⛔ ' : late > 0 ? '⚠ ' : ''}reports – tailrace`;
}

function tick() {
  for (const panel of panels.values()) showStanding(panel);
  showVerdict();
}

function showAnswer({ report, answer }) {
  const panel = panels.get(report);
  if (panel === undefined) return;
  Object.assign(panel, { answer, error: null, asOf: answer.asOf });
  showPanel(panel);
  showVerdict();
}

function showTrouble({ report, error }) {
  const panel = panels.get(report);
  if (panel === undefined) return;
  panel.error = error;
  showPanel(panel);
  showVerdict();
}

/** Panels whose inputs have not changed since their answer show the present. */
function showNow({ at, current }) {
  ahead = Date.parse(at) - Date.now();
  for (const [name, { asOf }] of Object.entries(current)) {
    const panel = panels.get(name);
    if (panel?.answer && asOf !== null && (panel.asOf === null || asOf > panel.asOf)) panel.asOf = asOf;
  }
  tick();
}

function redraw() {
  for (const panel of panels.values()) if (panel.answer !== null) showPanel(panel);
}

function begin() {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new ResizeObserver(() => {
    for (const panel of panels.values()) resize(panel, panel.parts.body);
  }).observe(byId('panels'));
  setInterval(tick, TICK_MS);
  const events = new EventSource('report/events');
  const on = (name, show) =>
    events.addEventListener(name, ({ data }) => {
      connected = true;
      show(JSON.parse(data));
    });
  on('reports', showReports);
  on('rows', showAnswer);
  on('trouble', showTrouble);
  on('now', showNow);
  events.addEventListener('error', () => {
    connected = false;
    showVerdict();
  });
}

begin();
