import { namesNull } from '../../core/column-type.ts';
import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { CheckItem } from './check-item.ts';
import { identityFix } from './identity-fix.ts';
import { checkLargeValues } from './large-values.ts';
import { ownershipFix, ownershipRemark } from '../publication/ownership-fix.ts';
import { checkPartitions } from './partition-checks.ts';
import { readGrants } from '../publication/read-grants.ts';
import type { RelationDetails } from './table-details.ts';

/** Kinds whose value is several numbers (core/column-kinds.ts). */
const TUPLES: ReadonlySet<string> = new Set(['interval', 'point']);

/** ClickHouse has no Nullable arrays or maps. */
const NULL_IS_EMPTY = 'a NULL is shown empty, and named in the view __exact';
/** Engines without the setting NULLABLE_TUPLES of warehouse/place.ts do this (docs/TYPES.md). */
const NULL_IN_PARTS = 'a NULL is a tuple of NULLs where ClickHouse has no Nullable(Tuple)';

/** Items that need no fix but that a user should know about. */
export const NOTED: ReadonlySet<string> = new Set(['kept as exact text', 'kept as a tuple', NULL_IS_EMPTY, NULL_IN_PARTS]);

/** What the items of a table are made from, besides the table itself. */
export interface TableContext {
  /** Details of a table or a leaf; undefined if it no longer exists. */
  readonly details: (relation: { readonly oid: number }) => RelationDetails | undefined;
  /** The expression of a generated column; undefined if it could not be read. */
  readonly expression: (table: { readonly oid: number }, attnum: number) => string | undefined;
  /** Our role, quoted. */
  readonly user: string;
}

/** One table → its items: identity always, the others where there is something to report. */
export function checkTable(table: CatalogTable, context: TableContext): CheckItem[] {
  const name = qualifiedName(table.schema, table.name);
  const items = [
    checkIdentity(table, context),
    ...checkRights(table, context),
    ...checkKeySpelling(table, context),
    ...checkColumns(table, context),
    ...checkLargeValues(table),
    ...checkPartitions(table),
    ...checkInheritance(table, context),
  ];
  return items.map((item) => ({ ...item, table: name }));
}

function checkIdentity(table: CatalogTable, { details }: TableContext): CheckItem {
  const item = 'rows told apart by';
  const { chosen, unlogged } = table;
  if (unlogged) {
    const fix = `ALTER TABLE ${qualifiedName(table.schema, table.name)} SET LOGGED;`;
    return { item, value: 'nothing: the table is unlogged and cannot be replicated', verdict: 'warn', fix };
  }
  if (chosen.identity === 'key') return { item, value: chosen.reason, verdict: 'ok', fix: null };
  const value =
    chosen.identity === 'full'
      ? `${chosen.reason}: equal rows are counted, so each read costs a GROUP BY`
      : `nothing (${chosen.reason}${nearIndex(table, details(table))}): append-only; updates and deletes are not replicated`;
  return { item, value, verdict: 'warn', fix: identityFix(table, details) };
}

/** Why an existing unique index does not help. */
function nearIndex({ chosen, deferrableKey }: CatalogTable, details: RelationDetails | undefined): string {
  if (deferrableKey || chosen.reason !== 'no primary key') return '';
  const reasons = (details?.indexes ?? []).map((index) => {
    if (!index.valid) return `unique index ${quoteIdent(index.name)} is invalid`;
    if (index.partial) return `unique index ${quoteIdent(index.name)} is partial`;
    if (index.columns === null) return `unique index ${quoteIdent(index.name)} is over an expression`;
    if (!index.immediate) return `unique index ${quoteIdent(index.name)} is deferrable`;
    if (index.nullable.length > 0)
      return `unique index ${quoteIdent(index.name)} has NULLs in ${index.nullable.map(quoteIdent).join(', ')}`;
    return `unique index ${quoteIdent(index.name)} is not the replica identity`;
  });
  return ['', ...reasons].join(', ');
}

function checkRights(table: CatalogTable, { details, user }: TableContext): CheckItem[] {
  const name = qualifiedName(table.schema, table.name);
  // A copy reads each leaf directly, so a right on the root is not enough.
  const relations = [table, ...table.partitions.filter(({ kind }) => kind === 'r')];
  const lacking = relations.filter((one) => details(one)?.select !== true);
  const hidden = relations.filter((one) => details(one)?.rowsHidden === true);
  const of = (some: readonly unknown[]): string =>
    relations.length === 1 ? '' : ` (${some.length} of the table and its ${relations.length - 1} partitions)`;
  const items: CheckItem[] = [];
  const own = details(table);
  if (own !== undefined && !own.owned) {
    items.push({
      item: 'owner',
      value: `another role, ${own.owner.name}`,
      verdict: 'fail',
      fix: `${ownershipFix(name, own.owner, user)}${ownershipRemark(own.owner, user)}`,
    });
  }
  if (lacking.length > 0) {
    const unreadable = { relations: lacking.map((one) => ({ schema: one.schema, name: one.name })), user };
    const fix = readGrants(unreadable).join('\n');
    items.push({ item: 'select', value: `not allowed${of(lacking)}`, verdict: 'fail', fix, unreadable });
  }
  if (hidden.length > 0) {
    const value = `hides rows from the copy${of(hidden)}; the stream has all of them`;
    items.push({ item: 'row level security', value, verdict: 'fail', fix: `ALTER ROLE ${user} BYPASSRLS;` });
  }
  return items;
}

function checkKeySpelling(table: CatalogTable, { details }: TableContext): CheckItem[] {
  const varying = details(table)?.varying ?? [];
  const columns = table.columns.filter(({ attnum }) => table.chosen.key.includes(attnum) && varying.includes(attnum));
  if (columns.length === 0) return [];
  const value = `${columns.map(({ name, typeName }) => `${quoteIdent(name)} ${typeName}`).join(', ')}: equal values can be spelled in several ways; the warehouse keeps the spelling that was written`;
  return [
    {
      item: 'key spelling',
      value,
      verdict: 'warn',
      fix: '-- rows stay exact; in the warehouse, look up such a key by the spelling it was written in',
    },
  ];
}

function checkColumns(table: CatalogTable, { expression }: TableContext): CheckItem[] {
  const { columns, chosen, identity } = table;
  const name = qualifiedName(table.schema, table.name);
  const items: CheckItem[] = [];
  const unsent = columns.filter(({ replicated }) => !replicated);
  if (unsent.length > 0) {
    const fixes = unsent.map((column) => generatedFix(name, column, expression(table, column.attnum)));
    items.push({
      item: 'generated columns left out',
      value: unsent.map((column) => column.name).join(', '),
      verdict: 'warn',
      fix: fixes.join('\n'),
    });
  }
  const note = (item: string, names: readonly string[]): void => {
    if (names.length > 0) items.push({ item, value: names.join(', '), verdict: 'ok', fix: null });
  };
  const asText = columns.filter(({ type, typeName }) => type.kind === 'text' && !/^(text|character|name|json|xml|"char")/.test(typeName));
  note(
    'kept as exact text',
    asText.map((column) => `${column.name} ${column.typeName}`),
  );
  note(
    'kept as a tuple',
    columns.filter(({ type }) => TUPLES.has(type.kind)).map((column) => `${column.name} ${column.typeName}`),
  );
  const nullable = columns.filter(({ notNull, replicated }) => !notNull && replicated);
  note(
    NULL_IN_PARTS,
    nullable.filter(({ type }) => TUPLES.has(type.kind)).map((column) => column.name),
  );
  note(
    NULL_IS_EMPTY,
    nullable.filter(({ type }) => namesNull(type)).map((column) => column.name),
  );
  const wide = columns.filter(({ toastable, replicated }) => toastable && replicated).map((column) => column.name);
  if (chosen.identity === 'key' && identity !== 'f' && wide.length > 0) {
    const value = `${wide.join(', ')}: no risk; a value that an update leaves unchanged is looked up`;
    items.push({ item: 'long values', value, verdict: 'ok', fix: null });
  }
  return items;
}

/**
 * A virtual column (18) can be stored instead: stored columns are sent. Before 18, a stored column
 * can only become an ordinary one.
 */
function generatedFix(table: string, column: CatalogTable['columns'][number], expression: string | undefined): string {
  const name = quoteIdent(column.name);
  const formula = expression ?? '…';
  if (column.generated === 'v') {
    return `ALTER TABLE ${table} DROP COLUMN ${name}, ADD COLUMN ${name} ${column.typeName} GENERATED ALWAYS AS (${formula}) STORED;`;
  }
  return `ALTER TABLE ${table} ALTER COLUMN ${name} DROP EXPRESSION; -- then the application has to fill it; or upgrade to 18, which sends it; or compute it in the warehouse: ${formula}`;
}

/**
 * Children are separate tables in the warehouse; in Postgres, a query of the parent shows their
 * rows too.
 */
function checkInheritance(table: CatalogTable, { details }: TableContext): CheckItem[] {
  const children = (details(table)?.children ?? []).map(({ schema, name }) => qualifiedName(schema, name));
  if (children.length === 0) return [];
  const parent = qualifiedName(table.schema, table.name);
  const columns = table.columns.filter(({ replicated }) => replicated).map(({ name }) => quoteIdent(name));
  const union = [parent, ...children].map((one) => `SELECT ${columns.join(', ')} FROM ${one}`).join(' UNION ALL ');
  const fix = children.map((child) => `ALTER TABLE ${child} NO INHERIT ${parent};`);
  return [
    {
      item: 'inheritance',
      value: `${children.join(', ')} are separate tables: in the warehouse, ${parent} has only its own rows`,
      verdict: 'warn',
      fix: [...fix, `-- or keep it, and in the warehouse read: ${union}`].join('\n'),
    },
  ];
}
