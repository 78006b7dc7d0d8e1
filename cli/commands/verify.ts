import { tableRules } from '../../core/config.ts';
import type { ConfigOf } from '../../core/config.ts';
import { describeError, TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { elapsed } from '../../core/time.ts';
import { openLake, requireSameSource } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { getPositions } from '../../lake/readers.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../../postgres/session/connect.ts';
import { readSlot } from '../../postgres/slot/slot.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { proveSource } from '../../snapshotter/prove-source.ts';
import { noteQuality } from '../../transformer/quality/note-quality.ts';
import type { VerifyReport } from '../../verifier/report.ts';
import { verify } from '../../verifier/verify.ts';
import type { ExpectedTable } from '../../verifier/verify.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { lookAtCatalog } from '../await/catalog-look.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { sourceOf, warehouseIdOf, withStore } from '../ends.ts';
import { meantTables } from '../meant-tables.ts';
import type { Scope } from '../meant-tables.ts';
import { reportProgress } from '../screen/progress-report.ts';
import { requireCompactor } from '../require-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { DEFAULT_MAX_AGE, verifyScope } from '../verify-part.ts';
import { verifyOutcomes } from '../verify-outcomes.ts';
import { verifyText } from '../verify-text.ts';
import { output } from '../outlet.ts';

const LOOK_MS = 15_000;
const NOTE_LIMITS = { memoryBytes: 100 << 20, threads: 1 };

export const command: Command<'verify'> = {
  usage: '[--table T …] [--from K] [--to K] [--sample PART] [--max-rate ROWS] [--max-age TIME] [--json]',
  about:
    'Compares every row of source and warehouse at one position, by hashes that each side computes itself. Replication continues, and the roles must be running. ' +
    'It prints the first 20 rows of a table that differ: key, column and both values. ' +
    'The source reads each table once in one session, and a second time if it differs. It holds a snapshot during that time, which holds back VACUUM. ' +
    '--max-age limits this: tables not yet compared by then count as not comparable. Each lock is held for one statement of about a second.',
  examples: [
    'tailrace verify',
    'tailrace verify --table public.orders --table public.customers --json',
    'tailrace verify --table public.orders --from 1000000 --to 1999999',
    'tailrace verify --sample 1% --max-rate 50000',
  ],
  flags: [
    { name: 'table', placeholder: 'T', help: 'only this table (schema.table, or a glob as in --tables); can be repeated' },
    {
      name: 'from',
      placeholder: 'K',
      help: 'only keys from K on; needs exactly one --table. K is a number, uuid, text (by its bytes), date or time; for a key of several columns it is the first column',
    },
    { name: 'to', placeholder: 'K', help: 'only keys up to and including K' },
    {
      name: 'sample',
      placeholder: 'PART',
      help: 'only a part of each table: 1% of the keys, or about this number of rows. Each run takes a different part, by a hash of the key on both sides, so it also finds missing and extra rows; the source still reads every key',
    },
    { name: 'max-rate', placeholder: 'ROWS', help: 'maximum rows that the source reads per second (no limit)' },
    { name: 'max-age', placeholder: 'TIME', help: `longest time to hold the snapshot of the source (${DEFAULT_MAX_AGE})` },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: { 0: 'equal', 1: 'different, or a table cannot be compared', 2: CANNOT_TELL },
  async run({ config, flags, words, log }) {
    const { tables, part, maxRate, maxAgeMs } = verifyScope({ flags, words }, Math.random());
    const source = sourceOf(config, 'verify');
    return withStore(config, async (store) => {
      const scope = { store, log, globs: config.tables ?? null, named: tables };
      const chosen = await settleCatalog(config, source, scope);
      if (part.keys !== null && chosen?.length !== 1)
        throw new TailraceError('BAD_ARGUMENT', `--from and --to need exactly one table, but ${chosen?.length ?? 'all tables'} match`);
      await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', cluster: config['warehouse.cluster'], log });
      const began = elapsed();
      using progress = reportProgress(log);
      const report = await verify({
        source,
        store,
        engine,
        prove: proveSource(store),
        salt: tableRules(config).salt,
        ...(await compactorOf(store, config)),
        tables: chosen,
        expected: (inside) => expectedTables(inside, scope),
        part,
        maxRate,
        keepMs: maxAgeMs,
        log,
        signal: stopSignal(),
        progress: (event) => progress.take(event),
      });
      await note(config, log, { report, durationMs: elapsed() - began });
      output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report));
      return report.match === true ? 0 : 1;
    });
  },
};

/** Into tailrace.quality. A warehouse that this user may only read has no such history. */
async function note(config: ConfigOf<'verify'>, log: Log, found: { report: VerifyReport; durationMs: number }): Promise<void> {
  try {
    await using engine = await openWarehouse({
      uri: config.warehouse,
      role: 'builder',
      cluster: config['warehouse.cluster'],
      limits: NOTE_LIMITS,
      log,
    });
    await noteQuality(engine, null, verifyOutcomes(found.report, found.durationMs), { lsn: found.report.lsn, asOf: null });
  } catch (error) {
    log.warn({ error: describeError(error) }, 'the result is not in tailrace.quality');
  }
}

/**
 * The id of this warehouse, if the lake knows it. It may be known by another name (another mount);
 * then it is the only warehouse of the lake.
 */
async function compactorOf(store: ObjectStore, config: ConfigOf<'verify'>): Promise<{ warehouseId?: string }> {
  const warehouseId = warehouseIdOf(config);
  return (await getPositions(store)).some((position) => position.warehouseId === warehouseId) ? { warehouseId } : {};
}

/**
 * Lets the replicator notice tables that were created or dropped a moment ago: they are no
 * difference. Returns the names of the tables to compare, null for all. Throws NOT_RUNNING when no
 * replicator is connected; one that lags is not waited for.
 */
async function settleCatalog(config: ConfigOf<'verify'>, source: SourceOptions, scope: Scope): Promise<string[] | null> {
  const { store, globs, named } = scope;
  const lake = await openLake(store, null);
  await using connection = await connect(source, { role: 'sql' });
  requireSameSource(lake, await identifySystem(connection));
  if (globs !== null || named !== null) await meantTables(connection, scope);
  await requireCompactor(config);
  if (!(await lookAtCatalog(store, connection, LOOK_MS)) && (await readSlot(connection, lake.name))?.active !== true)
    throw new TailraceError('NOT_RUNNING', 'no replicator is connected to the slot');
  return globs === null && named === null ? null : (await meantTables(connection, scope)).map(({ table }) => table);
}

async function expectedTables(inside: SqlConnection, scope: Scope): Promise<ExpectedTable[]> {
  return (await meantTables(inside, scope)).map(({ table, oid, trouble }) => ({ table, oid, error: trouble?.message ?? null }));
}
