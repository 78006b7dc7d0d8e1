// The live page: puts the server-sent events `report` and `history` of the monitor into the
// elements of page.html. Text is only ever inserted as text.
import { chart, drawCharts, showHistory, widthOf } from './charts.js';
import { behind, byId, bytes, clock, element, fill, rowRate, seconds, set, state } from './figures.js';
import { isFailed, showModels } from './models.js';
import { isUnpublished, showTables } from './tables.js';

/**
 * Red: a target is missed or a person has to act. Amber: a stage is held up, or an end does not
 * answer.
 */
function showVerdict({ withinSla, freshnessSeconds, slaSeconds, tables, models, stopped, cause, source, pipeline }) {
  const parked = tables.filter((table) => table.state === 'parked').length;
  const missing = tables.filter(isUnpublished).length;
  const failed = models.filter(isFailed).length;
  const late = freshnessSeconds === null ? 'no table is live yet' : `${seconds(freshnessSeconds)} behind`;
  const target = `target ${seconds(slaSeconds)}: ${withinSla ? 'met' : 'MISSED'}`;
  const besides = [
    stopped.length === 0 ? '' : ', stopped',
    parked === 0 ? '' : `, ${parked} parked`,
    missing === 0 ? '' : `, ${missing} not replicated`,
    failed === 0 ? '' : `, ${failed} ${failed === 1 ? 'model' : 'models'} failed`,
  ].join('');
  const held = cause === null ? (source.lsn === null ? ', the source does not answer' : '') : `, held up by the ${cause.stage}`;
  const level = !withinSla ? 'trouble' : held === '' ? 'fine' : 'warn';
  set('verdict', `${late}, ${target}${besides}${held}`, level);
  const sign = { trouble: '⛔ ', warn: '⚠ ', fine: '' }[level];
  document.title = `${sign}${seconds(freshnessSeconds)} – ${pipeline.database} – tailrace`;
}

function showPipeline({ pipeline: { source, lake, warehouse, version, startedAt } }) {
  const upSeconds = Math.max(0, (Date.now() - Date.parse(startedAt)) / 1000);
  set('pipeline', `${source} → ${lake} → ${warehouse} · tailrace ${version}, monitor up ${seconds(upSeconds)} since ${clock(startedAt)}`);
}

const room = (space) =>
  space === null || space.bytes === null
    ? []
    : [space.freeBytes === null ? bytes(space.bytes) : `${bytes(space.bytes)}, ${bytes(space.freeBytes)} free on its disk`];

/** What the last look of the sweeper says. */
const standing = ({ objects, bytes: size, growthPerDay, floor, retention, heldBy }) => {
  if (objects === null) return [];
  const growth = growthPerDay === null ? '' : `, ${growthPerDay < 0 ? '−' : '+'}${bytes(Math.abs(growthPerDay))} a day`;
  const held =
    heldBy.length === 0
      ? []
      : [`old batches of ${heldBy[0].table}${heldBy.length > 1 ? ' and others' : ''} are held by ${heldBy[0].reason}`];
  return [
    `${objects.toLocaleString('en')} objects, ${bytes(size)}${growth}`,
    floor === null ? `retention ${retention}` : `retention ${retention}, floor ${floor}`,
    ...held,
  ];
};

function showWay({ source, lake, warehouse, cause, windows, lakeSpace }) {
  const { slot, walBudget } = source;
  set('source-lsn', source.lsn ?? 'no answer');
  const budget =
    walBudget.budgetBytes === null
      ? 'budget unknown'
      : `${Math.floor((walBudget.share ?? 0) * 100)}% of the budget of ${bytes(walBudget.budgetBytes)}`;
  const ends = [
    slot.secondsUntilLost === null ? null : `slot lost in ${seconds(slot.secondsUntilLost)}`,
    source.secondsUntilDiskFull === null ? null : `disk full in ${seconds(source.secondsUntilDiskFull)}`,
    source.longestTransaction === null ? null : `transaction open for ${seconds(source.longestTransaction.seconds)}`,
  ].filter((fact) => fact !== null);
  const heard = source.lsn !== null;
  set(
    'source-facts',
    heard ? [`keeps ${bytes(slot.retainedBytes)} of WAL for tailrace, ${budget}`, ...ends].join('; ') : 'WAL kept for tailrace: unknown',
  );
  set(
    'replicator-lag',
    slot.active === null ? 'unknown' : slot.active ? `${bytes(behind(source.lsn, lake.durableLsn))} behind` : 'not connected',
  );
  set('replicator-facts', `slot ${slot.name ?? '–'}: ${slot.walStatus ?? (heard ? 'missing' : 'unknown')}`);
  set('lake-lsn', lake.durableLsn ?? '–');
  const batches = lake.batches === 1 ? '1 batch' : `${lake.batches.toLocaleString('en')} batches`;
  set('lake-facts', [batches, ...room(lakeSpace), ...standing(lake)].join('; '));
  set('compactor-lag', `${bytes(behind(lake.durableLsn, warehouse.appliedLsn))} behind`);
  const last = windows[0];
  set(
    'compactor-facts',
    last === undefined ? '' : `${rowRate(windows)} rows/s; last window ${last.durationMs} ms, ${last.rows.toLocaleString('en')} rows`,
  );
  set('warehouse-lsn', warehouse.appliedLsn ?? '–');
  set(
    'warehouse-facts',
    [warehouse.asOf === null ? 'nothing applied yet' : `as of ${clock(warehouse.asOf)}`, ...room(warehouse.space)].join('; '),
  );
  for (const item of byId('way').children) item.classList.toggle('held-up', cause !== null && item.dataset.stage === cause.stage);
  byId('cause').hidden = cause === null;
  set('cause', cause === null ? '' : `held up by the ${cause.stage}: ${cause.reason}`);
}

/** One line while all is well; opened when a process is down or cannot work. */
function showRoles({ roles }) {
  const list = byId('roles');
  const troubled = roles.filter(({ startedAt, trouble }) => startedAt === null || trouble !== null);
  list.parentElement.hidden = roles.length === 0;
  if (troubled.length > 0) list.parentElement.open = true;
  set(
    'roles-summary',
    troubled.length === 0 ? `${roles.length} processes are running` : `not working: ${troubled.map(({ role }) => role).join(', ')}`,
  );
  fill(
    'roles',
    roles.map(({ role, startedAt, restarts, trouble, lastError }) => {
      const since = startedAt === null ? 'is not running' : `since ${clock(startedAt)}`;
      const again = restarts === 0 ? '' : restarts === 1 ? ', restarted once' : `, restarted ${restarts} times`;
      const error =
        lastError === null ? '' : trouble === null ? `; last error at ${clock(lastError.at)}: ${lastError.message}` : `: ${trouble}`;
      return element('li', `${role} ${since}${again}${error}`, startedAt === null || trouble !== null ? 'trouble' : '');
    }),
  );
}

function runbook(kind) {
  const link = element('a', 'What to do');
  link.href = `runbook#${kind}`;
  link.target = '_blank';
  return link;
}

function showAlerts({ alerts, notes, stopped }) {
  fill('notes', [...stopped.map((what) => element('li', what, 'trouble')), ...notes.map((note) => element('li', note, 'warn'))]);
  const active = alerts.active.map((alert) => {
    const item = element(
      'li',
      `${alert.kind}: ${alert.summary} Since ${clock(alert.since)}. `,
      alert.severity === 'alert' ? 'trouble' : 'warn',
    );
    item.append(runbook(alert.kind));
    return item;
  });
  const failing = alerts.deliveries
    .filter(({ failure }) => failure !== null)
    .map(({ channel, waiting, failure }) => element('li', `${channel} does not accept alerts (${waiting} waiting): ${failure}`, 'trouble'));
  fill('alerts', active.length + failing.length === 0 ? [element('li', 'none', 'fine')] : [...active, ...failing]);
  fill(
    'recent',
    alerts.recent.length === 0
      ? [element('li', 'none')]
      : alerts.recent.map(({ at, status, alert }) => element('li', `${clock(at)} ${status} ${alert.kind}: ${alert.summary}`)),
  );
}

function showWindows({ windows }) {
  const lines = windows.map(({ startedAt, kind, durationMs, rows, tables }) =>
    element('li', `${clock(startedAt)} ${kind}: ${durationMs} ms, ${rows.toLocaleString('en')} rows in ${tables} tables`),
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
  none.append(element('td', 'no changes in the last five minutes'));
  none.firstChild.colSpan = 4;
  byId('stages').tBodies[0].replaceChildren(...(rows.length === 0 ? [none] : rows));
}

function show(report) {
  state.report = report;
  showVerdict(report);
  showPipeline(report);
  showWay(report);
  showRoles(report);
  showAlerts(report);
  showStages(report);
  showWindows(report);
  showModels(report);
  showTables(report);
  // The target comes with the report; samples come separately.
  drawCharts();
  set('connection', `as of ${clock(new Date().toISOString())}`, 'quiet');
}

function begin() {
  chart('chart-freshness', {
    label: 'freshness',
    value: ({ freshnessSeconds }) => freshnessSeconds,
    limit: () => state.report?.slaSeconds ?? null,
  });
  chart('chart-rate', {
    label: 'MiB of WAL per second',
    value: (sample, before) =>
      before === undefined || sample.sourceBytes === null || before.sourceBytes === null
        ? null
        : Math.max(0, (sample.sourceBytes - before.sourceBytes) / ((sample.atMs - before.atMs) / 1000) / 1024 ** 2),
  });
  chart('chart-wal', {
    label: 'MiB of WAL kept',
    value: ({ retainedBytes }) => (retainedBytes === null ? null : retainedBytes / 1024 ** 2),
  });
  new ResizeObserver(() => {
    for (const { made, target } of state.charts) made.setSize({ width: widthOf(target), height: 160 });
  }).observe(document.body);
  byId('filter').addEventListener('input', () => state.report && showTables(state.report));
  byId('well').addEventListener('click', () => {
    state.well = !state.well;
    if (state.report) showTables(state.report);
  });
  byId('more').addEventListener('click', () => {
    state.all = true;
    if (state.report) showTables(state.report);
    byId('tables').focus();
  });
  const events = new EventSource('events');
  events.addEventListener('report', ({ data }) => show(JSON.parse(data)));
  events.addEventListener('history', ({ data }) => showHistory(JSON.parse(data)));
  events.addEventListener('error', () => set('connection', 'the monitor does not answer; retrying…', 'trouble'));
}

begin();
