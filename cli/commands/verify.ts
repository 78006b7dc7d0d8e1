import { tableRules } from '../../core/config.ts';
import type { Config } from '../../core/config.ts';
import { TailraceError } from '../../core/errors.ts';
import { openLake, requireSameSource } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { getPositions } from '../../lake/readers.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../../postgres/session/connect.ts';
import { readSlot } from '../../postgres/slot/slot.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { proveSource } from '../../snapshotter/prove-source.ts';
import { verify } from '../../verifier/verify.ts';
import type { ExpectedTable } from '../../verifier/verify.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { lookAtCatalog } from '../await/catalog-look.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL, PLACES } from '../command.ts';
import { sourceOf, warehouseIdOf, withStore } from '../ends.ts';
import { meantTables } from '../meant-tables.ts';
import type { Scope } from '../meant-tables.ts';
import { reportProgress } from '../screen/progress-report.ts';
import { requireCompactor } from '../require-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { DEFAULT_MAX_AGE, verifyScope } from '../verify-part.ts';
import { verifyText } from '../verify-text.ts';
import { output } from '../outlet.ts';

const LOOK_MS = 15_000;

export const command: Command = {
  usage: '[--table T …] [--from K] [--to K] [--sample PART] [--max-rate ROWS] [--max-age TIME] [--json]',
  about:
    'Compares the content of source and warehouse at one position, row by row through hashes that each side computes itself, while both go on. ' +
    'The first 20 rows of a table that differ are named: key, column, and what each side has. The roles must be running. ' +
    'The source reads each table once in one session, and a second time if it differs; it keeps a snapshot meanwhile, which holds back VACUUM, so ' +
    '--max-age is its end: what was not compared by then counts as not comparable. No lock outlasts a statement of about a second.',
  examples: [
    'tailrace verify',
    'tailrace verify --table public.orders --table public.customers --json',
    'tailrace verify --table public.orders --from 1000000 --to 1999999',
    'tailrace verify --sample 1% --max-rate 50000',
  ],
  flags: [
    { name: 'table', placeholder: 'T', help: 'only this table (schema.table, or a glob as in --tables); may be given again' },
    {
      name: 'from',
      placeholder: 'K',
      help: 'only keys from K on, of one --table. Of a key of several columns K is the first one; it is a number, uuid, text (by its bytes), date or time',
    },
    { name: 'to', placeholder: 'K', help: 'only keys up to K, with K' },
    {
      name: 'sample',
      placeholder: 'PART',
      help: 'only 1% of the keys, or about so many rows of each table. Chosen anew each time, by a hash of the key on both sides, so lost and surplus rows are found too; the source still reads every key',
    },
    { name: 'max-rate', placeholder: 'ROWS', help: 'rows the source reads per second at most (as many as one session can)' },
    { name: 'max-age', placeholder: 'TIME', help: `how old the snapshot of the source may become (${DEFAULT_MAX_AGE})` },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [0, Number.MAX_SAFE_INTEGER],
  settings: PLACES,
  exits: { 0: 'equal', 1: 'different, or a table cannot be compared', 2: CANNOT_TELL },
  async run({ config, flags, words, log }) {
    const { tables, part, maxRate, maxAgeMs } = verifyScope({ flags, words }, Math.random());
    const source = sourceOf(config, 'verify');
    return withStore(config, async (store) => {
      const scope = { store, log, globs: config.tables ?? null, named: tables };
      const chosen = await settleCatalog(config, source, scope);
      if (part.keys !== null && chosen?.length !== 1)
        throw new TailraceError('BAD_ARGUMENT', `--from and --to need one --table, and ${chosen?.length ?? 'every one'} fit`);
      await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
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
      output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report));
      return report.match === true ? 0 : 1;
    });
  },
};

/**
 * Of several warehouses on one lake only this one's compactor is asked. One that is known by
 * another name (another mount) is the only one there.
 */
async function compactorOf(store: ObjectStore, config: Config): Promise<{ warehouseId?: string }> {
  const warehouseId = warehouseIdOf(config);
  return (await getPositions(store)).some((position) => position.warehouseId === warehouseId) ? { warehouseId } : {};
}

/**
 * What was made or dropped a moment ago is no difference. A replicator that lags is not waited for
 * here, one that is missing is told. Returns the names of the tables that are meant, null for all.
 */
async function settleCatalog(config: Config, source: SourceOptions, scope: Scope): Promise<string[] | null> {
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
