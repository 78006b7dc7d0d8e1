import { StatusReader } from '../monitor/status-reader.ts';
import type { StatusReport, TableStatus } from '../monitor/status.ts';
import { freshnessContract } from '../core/config.ts';
import type { Command } from './command.ts';
import { CANNOT_TELL, PLACES } from './command.ts';
import { heartbeatOf, sourceOf, warehouseChoice, withStore } from './ends.ts';
import { bytes, duration, table } from './figures.ts';

export const command: Command = {
  usage: '[--json]',
  about:
    'Shows where everything stands: the slot on the source, the lake, the warehouse, and for each table its state and how old its content is. ' +
    'Freshness is the clock of the source minus the commit time up to which a table is complete. States: waiting, copying, catching-up, live, parked, dropped.',
  examples: ['tailrace status --source postgres://me@localhost/shop', 'tailrace status --json | jq .freshnessSeconds'],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, 0],
  settings: [...PLACES, 'sla', 'freshness', 'source.heartbeat'],
  exits: { 0: 'every table is within the promised freshness', 1: 'a table is late or parked', 2: CANNOT_TELL },
  run: ({ config, flags, log }) =>
    withStore(config, async (store) => {
      await using reader = new StatusReader({
        source: sourceOf(config, 'status'),
        store,
        warehouse: warehouseChoice(config),
        tables: config.tables ?? null,
        slaMs: config.sla,
        contract: freshnessContract(config),
        heartbeatMs: heartbeatOf(config, store),
        log,
      });
      const report = await reader.read();
      process.stdout.write(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : statusText(report));
      return report.withinSla ? 0 : 1;
    }),
};

function statusText(report: StatusReport): string {
  const { slot } = report.source;
  const safe = slot.safeWalBytes === null ? 'no limit' : `${bytes(slot.safeWalBytes)} left`;
  const kept = slot.retainedBytes === null ? 'unknown' : bytes(slot.retainedBytes);
  return [
    `source     ${report.source.lsn ?? '–'}  slot ${slot.name ?? '–'} ${slot.walStatus ?? 'missing'}, keeps ${kept} of WAL, ${safe}`,
    `lake       ${report.lake.durableLsn ?? '–'}  ${report.lake.batches} batches, last commit ${report.lake.lastCommitTime ?? '–'}`,
    `warehouse  ${report.warehouse.appliedLsn ?? '–'}  as of ${report.warehouse.asOf ?? '–'}`,
    `freshness  ${age(report.freshnessSeconds)}, promised ${duration(report.slaSeconds)}: ${verdict(report)}`,
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
    '',
  ].join('\n');
}

function remark({ error, copy, cause, state, appendOnly }: TableStatus): string {
  if (error !== null) return error.message;
  if (state !== 'live' && copy === undefined && cause !== null) return cause.reason;
  if (copy === undefined) return appendOnly ? 'append-only: no key' : '';
  const left = copy.secondsLeft === null ? '' : `, about ${duration(copy.secondsLeft)} left`;
  return `${Math.floor(copy.share * 100)} % copied${left}`;
}

function verdict({ withinSla, tables }: StatusReport): string {
  if (withinSla) return 'within';
  const parked = tables.filter(({ state }) => state === 'parked').length;
  return parked === 0 ? 'NOT within' : `NOT within, ${parked} parked`;
}

function age(seconds: number | null): string {
  return seconds === null ? '–' : duration(seconds);
}
