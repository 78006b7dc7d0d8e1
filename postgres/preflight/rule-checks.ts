import { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableRules } from '../../core/table-rule.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { CheckItem } from './check-item.ts';
import type { SqlConnection } from '../session/connect.ts';
import { narrowTable } from '../catalog/narrow.ts';
import { RowFilters } from '../publication/row-filters.ts';

const ITEM = 'configuration of tables';

/** Items about the parts of a table that are not replicated unchanged. */
export const RULE_ITEMS: ReadonlySet<string> = new Set(['left out', 'masked by SHA-256', 'masked by NULL', 'row filter']);

/**
 * What the configuration leaves out, masks and filters per table, and where it does not fit:
 * columns and tables that do not exist, keys that would be lost, filters that cannot be published.
 * `all`: every table of the source. The server parses each filter in a transaction that is rolled
 * back.
 */
export async function checkRules(
  connection: Pick<SqlConnection, 'query'>,
  { all, chosen }: { all: readonly CatalogTable[]; chosen: readonly CatalogTable[] },
  rules: TableRules,
): Promise<CheckItem[]> {
  const fix = 'Fix the section `table` of the configuration.';
  const idle = rules
    .idle(all)
    .map((glob): CheckItem => ({ item: ITEM, value: `table.${glob} matches no table of the source`, verdict: 'fail', fix }));
  // A column name that is left out of every table may be meant for tables that do not exist yet.
  const unused = rules.unused(all).map((value): CheckItem => ({ item: ITEM, value, verdict: 'warn', fix: null }));
  const keyless = rules
    .withoutVersions(all.map(({ schema, name, chosen: { identity } }) => ({ schema, name, identity })))
    .map((glob): CheckItem => ({
      item: ITEM,
      value: `table.${glob}.history: the table has no key, and only rows with a key have versions`,
      verdict: 'fail',
      fix: 'Give the table a primary key, or take `history` out of its section.',
    }));
  const narrowed = chosen.map((table) => narrowTable(table, rules));
  const filtered = await new RowFilters().apply(connection, null, narrowed);
  return [...idle, ...keyless, ...unused, ...filtered.flatMap((table) => ruleItems(table))];
}

/** Throws BAD_CONFIG for the first thing that does not fit. */
export function requireRules(items: readonly CheckItem[]): void {
  const bad = items.find(({ verdict }) => verdict === 'fail');
  if (bad === undefined) return;
  const hint = bad.fix ?? 'Fix the section `table` of the configuration.';
  throw new TailraceError('BAD_CONFIG', `${bad.table === undefined ? '' : `${bad.table}: `}${bad.value}`, { hint });
}

function ruleItems(table: CatalogTable): CheckItem[] {
  const { narrowed } = table;
  if (narrowed === undefined) return [];
  const name = qualifiedName(table.schema, table.name);
  const columns = (are: (attnum: number) => boolean): string =>
    table.columns
      .filter(({ attnum }) => are(attnum))
      .map((column) => column.name)
      .join(', ');
  const items: CheckItem[] = [];
  const note = (item: string, value: string): void => {
    if (value !== '') items.push({ table: name, item, value, verdict: 'ok', fix: null });
  };
  note(
    'left out',
    columns((attnum) => narrowed.hidden.has(attnum)),
  );
  note(
    'masked by SHA-256',
    columns((attnum) => narrowed.mask.get(attnum) === 'sha256'),
  );
  note(
    'masked by NULL',
    columns((attnum) => narrowed.mask.get(attnum) === 'null'),
  );
  if (narrowed.refused === null && narrowed.filter !== null)
    note('row filter', `${narrowed.filter}; while it is published, Postgres refuses to drop its columns or to change their type`);
  for (const value of narrowed.unknown)
    items.push({ table: name, item: ITEM, value, verdict: 'fail', fix: `Its columns are ${columns(() => true)}.` });
  if (narrowed.refused !== null)
    items.push({ table: name, item: ITEM, value: narrowed.refused, verdict: narrowed.busy ? 'warn' : 'fail', fix: narrowed.fix });
  return items;
}
