import { StatusReader } from '../../monitor/status-reader.ts';
import type { StatusReport, TableStatus } from '../../monitor/status.ts';
import { isFailed } from '../../monitor/models/model-status.ts';
import type { ModelStatus } from '../../monitor/models/model-status.ts';
import { isUnpublished } from '../../monitor/table-status.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { describeError } from '../../core/errors.ts';
import { bytes, duration, table } from '../../core/figures.ts';
import { lookOptions } from '../look.ts';
import { errors, output } from '../outlet.ts';
import { exitCode, watchStatus } from '../screen/status-watch.ts';

export const command: Command<'status'> = {
  usage: '[--json] [--watch]',
  about:
    'Shows the state of the source and its slot, the lake, the warehouse, each table and each model: how far behind it is, and why. ' +
    'Freshness is the clock of the source minus the commit time up to which a table is complete. States: unpublished, waiting, copying, catching-up, live, parked, dropped.',
  examples: [
    'tailrace status --source postgres://me@localhost/shop',
    'tailrace status --json | jq .freshnessSeconds',
    'tailrace status --watch',
  ],
  flags: [
    { name: 'json', help: 'print JSON, for programs' },
    {
      name: 'watch',
      help: 'refresh every two seconds until stopped: in place on a terminal, worst tables first (q quits); otherwise one report after another',
    },
  ],
  words: [0, 0],
  exits: {
    0: 'every table and model meets its freshness target (sla, freshness)',
    1: 'a table is late, parked or not replicated, a model is late or failed, or replication has stopped',
    2: CANNOT_TELL,
  },
  run: ({ config, flags, log }) =>
    withStore(config, async (store) => {
      await using reader = new StatusReader(lookOptions(config, store, { role: 'status', log }));
      const shown = (report: StatusReport): string =>
        flags.has('json') ? `${JSON.stringify(report, null, flags.has('watch') ? 0 : 2)}\n` : statusText(report);
      if (flags.has('watch')) return watchStatus(reader, { shown, fits: !flags.has('json') });
      const report = await reader.read();
      output.say(shown(report));
      if (reader.silence !== null) errors.say(`${describeError(reader.silence)}\n`);
      return exitCode(report, reader);
    }),
};

function statusText(report: StatusReport): string {
  return [
    `source     ${sourceText(report)}`,
    `lake       ${report.lake.durableLsn ?? '–'}  ${report.lake.batches} batches, last commit ${report.lake.lastCommitTime ?? '–'}`,
    `warehouse  ${report.warehouse.appliedLsn ?? '–'}  as of ${report.warehouse.asOf ?? '–'}`,
    ...walLines(report),
    `freshness  ${age(report.freshnessSeconds)}, target ${duration(report.slaSeconds)}: ${verdict(report)}`,
    ...report.stopped.map((what) => `stopped    ${what}`),
    ...(report.cause === null ? [] : [`held up   by the ${report.cause.stage}: ${report.cause.reason}`]),
    ...report.notes.map((note) => `note       ${note}`),
    '',
    ...table(
      [
        ['table', 'state', 'freshness', 'as of', 'remark'],
        ...report.tables.map((entry) => [entry.table, entry.state, age(entry.freshnessSeconds), entry.asOf ?? '–', remark(entry)]),
      ],
      [2],
    ),
    ...modelLines(report),
    '',
  ].join('\n');
}

function modelLines({ models, failingTests, failedExports }: StatusReport): string[] {
  if (models.length + failingTests.length + failedExports.length === 0) return [];
  const rows = models.map((one) => [one.model, one.state, age(one.freshnessSeconds), one.asOf ?? '–', errorText(one.error)]);
  return [
    ...(rows.length === 0 ? [] : ['', ...table([['model', 'state', 'freshness', 'as of', 'remark'], ...rows], [2])]),
    ...(failingTests.length + failedExports.length === 0 ? [] : ['']),
    ...failingTests.map(
      ({ test, table: of, severity, failures, error }) =>
        `test       ${severity === 'error' ? 'FAILED' : 'warns'}: ${test}${of === '' ? '' : ` of ${of}`}, ${error === null ? `${failures} rows` : errorText(error)}`,
    ),
    ...failedExports.map(({ table: of, to, error }) => `export     FAILED: ${of} to ${to}, ${errorText(error)}`),
  ];
}

function errorText(error: ModelStatus['error']): string {
  return error === null ? '' : `${error.code}: ${error.message}`;
}

/** An unknown slot is not called missing, and an unknown limit not absent. */
function sourceText({ source: { lsn, slot } }: StatusReport): string {
  if (lsn === null) return `does not answer; slot ${slot.name ?? '–'} unknown`;
  if (slot.name === null) return `${lsn}  no slot yet`;
  if (slot.walStatus === null) return `${lsn}  slot ${slot.name} is MISSING`;
  const kept = slot.retainedBytes === null ? 'unknown' : bytes(slot.retainedBytes);
  const safe = slot.safeWalBytes === null ? 'no limit' : `${bytes(slot.safeWalBytes)} left`;
  return `${lsn}  slot ${slot.name} ${slot.walStatus}, keeps ${kept} of WAL, ${slot.walStatus === 'lost' ? 'no longer usable' : safe}`;
}

/** The load that tailrace puts on the source, as far as it is known. */
function walLines({ source }: StatusReport): string[] {
  if (source.lsn === null) return ['WAL        unknown'];
  const { walBudget, slot, longestTransaction } = source;
  const budget =
    walBudget.budgetBytes === null
      ? 'budget unknown'
      : `${Math.floor((walBudget.share ?? 0) * 100)}% of the budget of ${bytes(walBudget.budgetBytes)}`;
  const lost = slot.secondsUntilLost === null ? [] : [`slot lost in ${duration(slot.secondsUntilLost)}`];
  const full = source.secondsUntilDiskFull === null ? [] : [`disk full in ${duration(source.secondsUntilDiskFull)}`];
  const open =
    longestTransaction === null ? [] : [`oldest open transaction ${duration(longestTransaction.seconds)} (pid ${longestTransaction.pid})`];
  return [`WAL        ${[budget, ...lost, ...full, ...open].join(', ')}`];
}

function remark({ error, copy, cause, state, appendOnly, historySince }: TableStatus): string {
  if (error !== null) return error.message;
  if (state !== 'live' && copy === undefined && cause !== null) return cause.reason;
  if (copy === undefined) return appendOnly ? 'append-only: no key' : historySince === undefined ? '' : `history since ${historySince}`;
  const left = copy.secondsLeft === null ? '' : `, about ${duration(copy.secondsLeft)} left`;
  return `${Math.floor(copy.share * 100)}% copied${left}`;
}

function verdict({ withinSla, stopped, source, tables, models }: StatusReport): string {
  if (withinSla) return source.lsn === null ? 'met as far as known' : 'met';
  const parked = tables.filter(({ state }) => state === 'parked').length;
  const missing = tables.filter(isUnpublished).length;
  const failed = models.filter(isFailed).length;
  const counts = [
    ...(stopped.length === 0 ? [] : ['stopped']),
    ...(parked === 0 ? [] : [`${parked} parked`]),
    ...(missing === 0 ? [] : [`${missing} not replicated`]),
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'model' : 'models'} failed`]),
  ];
  return ['MISSED', ...counts].join(', ');
}

function age(seconds: number | null): string {
  return seconds === null ? '–' : duration(seconds);
}
