import { qualifiedName, quoteIdent } from '../core/table.ts';
import type { CatalogTable } from './catalog.ts';
import type { CheckItem } from './check-item.ts';

/** What our role may do with a table. */
export interface TableRights {
  readonly owner: boolean;
  readonly select: boolean;
  /** Row level security would hide rows from us (or make reading fail). */
  readonly rowsHidden: boolean;
}

/** One table → its items: identity always, the rest where there is something to know. `user` is quoted. */
export function checkTable(table: CatalogTable, rights: TableRights, user: string): CheckItem[] {
  const name = qualifiedName(table.schema, table.name);
  return [checkIdentity(table, name), ...checkRights(table, rights, user), ...checkColumns(table), ...checkPartitions(table)].map(
    (item) => ({ ...item, table: name }),
  );
}

function checkIdentity({ chosen, unlogged }: CatalogTable, name: string): CheckItem {
  const item = 'rows told apart by';
  if (unlogged)
    return { item, value: 'nothing: it is unlogged and cannot be replicated', verdict: 'warn', fix: `ALTER TABLE ${name} SET LOGGED;` };
  if (chosen.identity === 'key') return { item, value: chosen.reason, verdict: 'ok', fix: null };
  if (chosen.identity === 'full') {
    return {
      item,
      value: `${chosen.reason}: rows are counted, reading costs more`,
      verdict: 'warn',
      fix: `ALTER TABLE ${name} ADD PRIMARY KEY (…);`,
    };
  }
  return {
    item,
    value: `nothing (${chosen.reason}): append-only, updates and deletes are not replicated`,
    verdict: 'warn',
    fix: `ALTER TABLE ${name} ADD PRIMARY KEY (…); -- or: ALTER TABLE ${name} REPLICA IDENTITY FULL;`,
  };
}

function checkRights({ schema, name }: CatalogTable, { owner, select, rowsHidden }: TableRights, user: string): CheckItem[] {
  const items: CheckItem[] = [];
  const table = qualifiedName(schema, name);
  if (!owner)
    items.push({
      item: 'owner',
      value: 'another role',
      verdict: 'fail',
      fix: `ALTER TABLE ${table} OWNER TO ${user}; -- or grant the owner's role: a publication needs it`,
    });
  if (!select) {
    items.push({
      item: 'select',
      value: 'not allowed',
      verdict: 'fail',
      fix: `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${user}; GRANT SELECT ON ${table} TO ${user};`,
    });
  }
  if (rowsHidden)
    items.push({ item: 'row level security', value: 'hides rows from the copy', verdict: 'fail', fix: `ALTER ROLE ${user} BYPASSRLS;` });
  return items;
}

function checkColumns({ columns, chosen, identity }: CatalogTable): CheckItem[] {
  const items: CheckItem[] = [];
  const note = (item: string, names: readonly string[], verdict: 'ok' | 'warn'): void => {
    if (names.length > 0) items.push({ item, value: names.join(', '), verdict, fix: null });
  };
  const named = columns.filter(({ replicated }) => !replicated).map(({ name }) => name);
  note('generated columns left out', named, 'warn');
  const asText = columns.filter(({ type, typeName }) => type.kind === 'text' && !/^(text|character|name|json|xml|"char")/.test(typeName));
  note(
    'kept as exact text',
    asText.map(({ name, typeName }) => `${name} ${typeName}`),
    'ok',
  );
  const wide = columns.filter(({ toastable, replicated }) => toastable && replicated).map(({ name }) => name);
  if (chosen.identity === 'key' && identity !== 'f') note('long values looked up when an update leaves them', wide, 'ok');
  return items;
}

function checkPartitions({ partitions, schema, name }: CatalogTable): CheckItem[] {
  const items: CheckItem[] = [];
  const root = qualifiedName(schema, name);
  for (const leaf of partitions) {
    const part = qualifiedName(leaf.schema, leaf.name);
    if (leaf.kind !== 'r') {
      items.push({
        item: 'foreign partition',
        value: `${part} is not replicated`,
        verdict: 'warn',
        fix: `ALTER TABLE ${root} DETACH PARTITION ${part};`,
      });
    } else if (leaf.unlogged) {
      items.push({
        item: 'unlogged partition',
        value: `changes of ${part} are not replicated`,
        verdict: 'warn',
        fix: `ALTER TABLE ${part} SET LOGGED;`,
      });
    }
  }
  return items;
}
