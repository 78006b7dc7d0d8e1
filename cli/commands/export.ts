import { TailraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { parseQualifiedName } from '../../core/table.ts';
import { elapsed } from '../../core/time.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { ExportResult } from '../../transformer/export/export-table.ts';
import { runExport } from '../../transformer/export/run-export.ts';
import type { ExportOrder } from '../../transformer/export/run-export.ts';
import { readModels } from '../../transformer/read-models.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { buildLimits } from '../build-limits.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { withStore } from '../ends.ts';
import { output } from '../outlet.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';

const FAILED: readonly ErrorCode[] = ['EXPORT_FAILED', 'WAREHOUSE_QUERY', 'WAREHOUSE_FULL', 'TABLE_NOT_LIVE'];

export const command: Command<'export'> = {
  usage: 'TABLE --to DIR|s3://bucket/prefix [--partition COLUMN] [--keep N] [--json]',
  about:
    'Writes a table as Parquet files, for a batch job. A replicated table is exported as it is at the front, a model as it was published last. ' +
    'The files of one position stand in a folder of their own under TO/TABLE/. manifest.json lists them with rows and SHA-256 sums; it is written last. ' +
    'TO/TABLE/latest.json names the newest manifest and never goes back. A position that was exported before is not written again. docs/EXPORT.md has the types.',
  examples: [
    'tailrace export marts.customer_quarter --to ./exports --partition quarter_start --keep 4',
    'tailrace export public.orders --to s3://bucket/exports --json',
  ],
  flags: [
    { name: 'to', placeholder: 'DIR|s3://bucket/prefix', help: 'where the exports stand; an empty place, or one that has exports' },
    { name: 'partition', placeholder: 'COLUMN', help: 'a folder for each value of this column' },
    { name: 'keep', placeholder: 'N', help: 'remove all but the newest N exports of the table (never the one that latest.json names)' },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [1, 1],
  exits: { 0: 'exported, or exported before', 1: 'the export failed; nothing was published', 2: CANNOT_TELL },
  run: (context) => withStore(context.config, (store) => run(context, store)),
  exitOf: (error) => (error instanceof TailraceError && FAILED.includes(error.code) ? 1 : 2),
};

async function run(context: CommandContext<'export'>, store: ObjectStore): Promise<number> {
  const { config, flags, log } = context;
  const [order, from] = [orderOf(context), elapsed()];
  await openLake(store, null);
  await requireCompactor(config);
  const signal = stopSignal();
  const warehouseId = await requireReader(store, config, signal);
  await using engine = await openWarehouse({
    uri: config.warehouse,
    cluster: config['warehouse.cluster'],
    role: 'builder',
    log,
    limits: buildLimits(config),
    signal,
  });
  const [directory, s3PathStyle] = [config.models, config.s3PathStyle];
  const models =
    directory === undefined ? undefined : async () => (await readModels({ store, warehouseId, directory }, engine, false)).models;
  const result = await runExport({ engine, store, warehouseId, s3PathStyle, asking: { signal }, models, log }, order);
  output.say(flags.has('json') ? `${JSON.stringify(facts(result, elapsed() - from), null, 2)}\n` : exportText(result, order));
  return 0;
}

function orderOf(context: CommandContext<'export'>): ExportOrder {
  const [table = ''] = context.words;
  parseQualifiedName(table);
  const to = flagValue(context, 'to');
  if (to === undefined || to === '')
    throw new TailraceError('BAD_ARGUMENT', 'export needs --to; allowed: a directory or s3://bucket/prefix', {
      hint: 'See `tailrace export --help`.',
    });
  const keep = flagValue(context, 'keep');
  if (keep !== undefined && !/^[1-9]\d{0,8}$/.test(keep))
    throw new TailraceError('BAD_ARGUMENT', `--keep is "${keep}"; allowed: a whole number from 1 on`, {
      hint: 'See `tailrace export --help`.',
    });
  return { table, to, partition: flagValue(context, 'partition') ?? null, keep: keep === undefined ? null : Number(keep) };
}

function facts({ status, manifest, path, removed }: ExportResult, durationMs: number): object {
  const { table, lsn, asOf, exportedAt, rows, files } = manifest;
  return {
    status,
    table,
    lsn,
    asOf,
    exportedAt,
    path,
    rows,
    files: files.length,
    bytes: bytesOf(manifest),
    removed,
    durationMs: Math.round(durationMs),
  };
}

function exportText({ status, manifest, path, removed }: ExportResult, { to }: ExportOrder): string {
  const { table, lsn, asOf, rows, files } = manifest;
  const at = `at ${lsn}${asOf === null ? '' : `, as of ${asOf}`}`;
  const many = `${rows} rows in ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${bytesOf(manifest)} bytes`;
  const head = status === 'unchanged' ? `${table} ${at} was exported before: ${many}` : `${table} ${at}: ${many}`;
  const gone = removed === 0 ? '' : `; ${removed} older ${removed === 1 ? 'export' : 'exports'} removed`;
  return `${head}${gone}\n${to.replace(/\/$/, '')}/${path}\n`;
}

function bytesOf({ files }: ExportResult['manifest']): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
