import { tableRules } from '../../core/config.ts';
import { TailraceError, withoutCode } from '../../core/errors.ts';
import { putRequest } from '../../lake/control.ts';
import { openLake, requireSameSource } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { ChosenTable } from '../../monitor/chosen-tables.ts';
import { connect } from '../../postgres/session/connect.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { readPublications } from '../../postgres/publication/publication.ts';
import { beginEpoch } from '../../replicator/start/epoch-start.ts';
import { SourceCatalog } from '../../replicator/catalog/source-catalog.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { sourceOf, withStore } from '../ends.ts';
import { meantTables } from '../meant-tables.ts';
import { requireFreeSlot } from '../slot-free.ts';
import { output } from '../outlet.ts';

export const command: Command<'resync'> = {
  usage: 'TABLE… | --all',
  about:
    'Copies tables again. The old rows stay readable and are still updated until the new copy has caught up. ' +
    '--all also creates a new replication slot, which is how to recover when changes are missing (GAP, SLOT_LOST). Stop `run` before --all and start it afterwards.',
  examples: ['tailrace resync public.orders', "tailrace resync 'public.order*'", 'tailrace resync --all'],
  flags: [{ name: 'all', help: 'all tables, with a new slot' }],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: {
    0: 'started; `run` does the copying',
    1: 'the source refused, a replicator is connected, or a table is not replicated',
    2: CANNOT_TELL,
  },
  run(context) {
    const { config, flags, words } = context;
    if (flags.has('all') !== (words.length === 0)) {
      throw new TailraceError('BAD_ARGUMENT', 'resync needs either table names or --all', { hint: 'See `tailrace resync --help`.' });
    }
    return withStore(config, (store) => (flags.has('all') ? resyncAll(context, store) : resyncTables(context, store)));
  },
  exitOf: (error) =>
    error instanceof TailraceError &&
    ['SLOT_IN_USE', 'SLOT_BLOCKED', 'SOURCE_REFUSED', 'SOURCE_QUERY', 'TABLE_UNPUBLISHED'].includes(error.code)
      ? 1
      : 2,
};

async function resyncAll({ config, log }: CommandContext<'resync'>, store: ObjectStore): Promise<number> {
  const source = sourceOf(config, 'resync');
  const lake = await openLake(store, null);
  {
    await using connection = await connect(source, { role: 'sql' });
    requireSameSource(lake, await identifySystem(connection));
    await requireFreeSlot(connection, lake.name);
    const catalog = new SourceCatalog(connection, { name: lake.name, tables: config.tables ?? null, rules: tableRules(config) });
    // The publication must exist before the slot. An existing one has the tables of `run`.
    if ((await readPublications(connection, lake.name)).length < 2) await catalog.publish(await catalog.chosen());
  }
  const epoch = await beginEpoch({ source, store, rules: tableRules(config), log });
  output.say(`created slot ${epoch.slot} (epoch ${epoch.epoch}); start \`tailrace run\`, which copies every table again\n`);
  return 0;
}

async function resyncTables({ config, words, log }: CommandContext<'resync'>, store: ObjectStore): Promise<number> {
  const lake = await openLake(store, null);
  await using connection = await connect(sourceOf(config, 'resync'), { role: 'sql' });
  requireSameSource(lake, await identifySystem(connection));
  const tables = await meantTables(connection, { store, log, globs: config.tables ?? null, named: words });
  const unpublished = tables.find(({ published }) => !published);
  if (unpublished !== undefined) throw notReplicated(unpublished);
  for (const { table } of tables) {
    await putRequest(store, { kind: 'resync', table, tableId: null, reason: 'asked for' });
    output.say(`${table} will be copied again; the old rows stay readable until the new copy has caught up\n`);
  }
  return 0;
}

function notReplicated({ table, trouble }: ChosenTable): TailraceError {
  const why = trouble === null ? `${table} is not in the publication yet` : withoutCode(trouble.message);
  return new TailraceError('TABLE_UNPUBLISHED', `the table cannot be copied: ${why}`);
}
