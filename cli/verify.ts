import { qualifiedName, parseQualifiedName } from '../core/table.ts';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { openLake, requireSameSource } from '../lake/lake-identity.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { connect } from '../postgres/connect.ts';
import type { SourceOptions } from '../postgres/connect.ts';
import { readSlot } from '../postgres/slot.ts';
import { identifySystem } from '../postgres/system.ts';
import type { VerifyReport } from '../verifier/report.ts';
import { verify } from '../verifier/verify.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import { lookAtCatalog } from './catalog-look.ts';
import type { Command } from './command.ts';
import { CANNOT_TELL, PLACES } from './command.ts';
import { sourceOf, withStore } from './ends.ts';
import { table } from './figures.ts';
import { reportProgress } from './progress-report.ts';
import { requireCompactor } from './require-compactor.ts';
import { stopSignal } from './stop-signal.ts';

const LOOK_MS = 15_000;

export const command: Command = {
  usage: '[--table T …] [--json]',
  about:
    'Compares the content of source and warehouse at one position, row by row through hashes that each side computes itself, while both go on. ' +
    'Keys that differ are named. The roles must be running. What the application does meanwhile is not disturbed.',
  examples: ['tailrace verify', 'tailrace verify --table public.orders --table public.customers --json'],
  flags: [
    { name: 'table', placeholder: 'T', help: 'only this table (schema.table); may be given again' },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [0, Number.MAX_SAFE_INTEGER],
  settings: PLACES,
  exits: { 0: 'equal', 1: 'different, or a table cannot be compared', 2: CANNOT_TELL },
  async run({ config, flags, words, log }) {
    const named = [...(flags.get('table') ?? []), ...words];
    const tables = named.length === 0 ? null : named.map(asReported);
    const source = sourceOf(config, 'verify');
    return withStore(config, async (store) => {
      await settleCatalog(config, source, store);
      await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
      using progress = reportProgress(log);
      const report = await verify({ source, store, engine, tables, log, signal: stopSignal(), progress: (event) => progress.take(event) });
      process.stdout.write(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report));
      return report.match === true ? 0 : 1;
    });
  },
};

/** What was made or dropped a moment ago is no difference. A replicator that lags is not waited for here, one that is missing is told. */
async function settleCatalog(config: Config, source: SourceOptions, store: ObjectStore): Promise<void> {
  const lake = await openLake(store, null);
  await using connection = await connect(source, { role: 'sql' });
  requireSameSource(lake, await identifySystem(connection));
  await requireCompactor(config);
  if (await lookAtCatalog(store, connection, LOOK_MS)) return;
  if ((await readSlot(connection, lake.name))?.active !== true)
    throw new TailraceError('NOT_RUNNING', 'no replicator is connected to the slot');
}

/** The name as reports spell it, so that "public".orders is public.orders. */
function asReported(name: string): string {
  const parts = parseQualifiedName(name);
  return qualifiedName(parts.schema, parts.name);
}

/** A report for people. */
export function verifyText(report: VerifyReport): string {
  const verdict = { true: 'equal', false: 'DIFFERENT', null: 'not comparable' };
  const rows = report.tables.map((entry) => [
    entry.table,
    verdict[`${entry.match}`],
    String(entry.sourceRows ?? '–'),
    String(entry.warehouseRows ?? '–'),
    [entry.error ?? '', entry.differingKeys.slice(0, 5).join(', ')].filter((part) => part !== '').join(': '),
  ]);
  const whole = { true: 'source and warehouse are equal', false: 'source and warehouse DIFFER', null: 'some tables could not be compared' };
  return [
    ...table([['table', '', 'source rows', 'warehouse rows', ''], ...rows], [2, 3]),
    '',
    `${whole[`${report.match}`]} at ${report.lsn}`,
    '',
  ].join('\n');
}
