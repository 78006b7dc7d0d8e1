import { tableRules } from '../../core/config.ts';
import { qualifiedName } from '../../core/table.ts';
import { matchTables } from '../../core/table-glob.ts';
import { readTables } from '../../postgres/catalog/catalog.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import { connect } from '../../postgres/session/connect.ts';
import { preflight } from '../../postgres/preflight/preflight.ts';
import type { CheckItem } from '../../postgres/preflight/preflight.ts';
import { checkRules } from '../../postgres/preflight/rule-checks.ts';
import { requireLake } from '../check/check-lake.ts';
import { checkNames } from '../check/check-names.ts';
import { copyPlan } from '../check/check-plan.ts';
import type { TableFacts } from '../check/check-plan.ts';
import { checkText } from '../check/check-text.ts';
import { checkWarehouse } from '../check/check-warehouse.ts';
import { warehouseDatabase } from '../../warehouse/names.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { sourceOf } from '../ends.ts';
import { readSizes } from '../../postgres/catalog/table-sizes.ts';
import type { TableSizes } from '../../postgres/catalog/table-sizes.ts';
import { output } from '../outlet.ts';

export const command: Command<'check'> = {
  usage: '[--json]',
  about:
    'Checks whether source, lake and warehouse are ready for replication; it changes nothing there. Each item has a value, a verdict and, if something is ' +
    'wrong, the exact SQL that fixes it. A ClickHouse server is asked for its version, the rights of the user, and whether it reads the lake. The plan follows: what will be copied, how long that takes, and the risks of each table.',
  examples: ['tailrace check --source postgres://me@localhost/shop', "tailrace check --tables 'public.*'"],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, 0],
  exits: { 0: 'ready', 1: 'not ready', 2: CANNOT_TELL },
  async run({ config, flags, log }) {
    const source = sourceOf(config, 'check');
    const found = await preflight(source, { tables: config.tables ?? null });
    await using connection = await connect(source, { role: 'sql' });
    await requireLake(config, connection);
    const all = await readTables(connection, null);
    const tables = matchTables(config.tables ?? null, all);
    const databases = [...new Set(tables.map(({ schema }) => warehouseDatabase(schema)))];
    const items = [
      ...found,
      ...(await checkWarehouse(config, databases, log)),
      ...(await checkRules(connection, { all, chosen: tables }, tableRules(config))),
      ...checkNames(tables),
    ];
    const ready = !items.some(({ verdict }) => verdict === 'fail');
    const onS3 = config.lake.startsWith('s3://');
    const sizes = await readSizes(connection, tables);
    const facts = tables.map((one) => factsOf(one, items, sizes));
    const plan = copyPlan(facts, {
      parallel: config['snapshot.parallel'],
      onS3,
      warnings: (name) => risksOf(name, items).map(({ item }) => item),
      maxAgeMs: config['replicate.maxAge'] ?? (onS3 ? 5_000 : 500),
    });
    if (flags.has('json')) output.say(`${JSON.stringify({ ready, items, tables: facts }, null, 2)}\n`);
    else output.say(checkText({ items, plan, ready }));
    return ready ? 0 : 1;
  },
};

function factsOf(one: CatalogTable, items: readonly CheckItem[], sizes: TableSizes): TableFacts {
  const name = qualifiedName(one.schema, one.name);
  const risks = risksOf(name, items).map(({ item, value }) => `${item}: ${value}`);
  return { table: name, ...sizes(one), identity: one.chosen.identity, risks };
}

function risksOf(table: string, items: readonly CheckItem[]): CheckItem[] {
  return items.filter((item) => item.table === table && item.verdict !== 'ok');
}
