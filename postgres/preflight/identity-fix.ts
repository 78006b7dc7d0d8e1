import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogPartition, CatalogTable } from '../catalog/catalog.ts';
import { tellsKey } from '../catalog/identity.ts';
import type { RelationDetails, UniqueIndex } from './table-details.ts';

/** A relation whose replica identity needs a fix. */
interface Named {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

type Details = (relation: { readonly oid: number }) => RelationDetails | undefined;

/**
 * The SQL that gives a table a key to tell its rows apart. Where no columns can be a key, whole
 * rows do it (for a table that already has that: a new column). One statement per line; a remark
 * follows `--`.
 */
export function identityFix(table: CatalogTable, details: Details): string {
  return (table.kind === 'p' ? partitionedFix(table, details) : plainFix(table, details)).join('\n');
}

function plainFix(table: CatalogTable, details: Details): string[] {
  const name = qualifiedName(table.schema, table.name);
  const unsent = unsentKey(table, details);
  if (unsent.length > 0)
    return [`ALTER TABLE ${name} ${unsent.map((column) => `ALTER COLUMN ${quoteIdent(column)} DROP EXPRESSION`).join(', ')};`];
  const indexes = usableIndexes(table, details);
  const primary = indexes.find((index) => index.primary && index.immediate);
  if (primary !== undefined && table.identity !== 'f') return [`ALTER TABLE ${name} REPLICA IDENTITY DEFAULT;`];
  const [best] = indexes.map((index) => indexSteps(table, index)).toSorted((a, b) => a.length - b.length);
  if (best !== undefined) return best;
  if (table.chosen.identity === 'full') {
    return [
      `ALTER TABLE ${name} ADD COLUMN ${quoteIdent(newColumn(table))} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; -- rewrites the table; if existing columns tell rows apart, better: ADD PRIMARY KEY (…)`,
    ];
  }
  return [
    `ALTER TABLE ${name} REPLICA IDENTITY FULL; -- if existing columns tell rows apart, better: ALTER TABLE ${name} ADD PRIMARY KEY (…)`,
  ];
}

/** Generated columns of the primary key that this server does not publish. */
function unsentKey(table: CatalogTable, details: Details): string[] {
  const key = details(table)?.indexes.find(({ primary }) => primary)?.columns ?? [];
  return table.columns.filter(({ name, replicated }) => !replicated && key.includes(name)).map(({ name }) => name);
}

/** Unique indexes over columns that are published. */
function usableIndexes(table: CatalogTable, details: Details): UniqueIndex[] {
  const sent = new Set(table.columns.filter(({ replicated }) => replicated).map(({ name }) => name));
  return (details(table)?.indexes ?? []).filter(({ columns }) => columns?.every((column) => sent.has(column)) === true);
}

/**
 * The steps that make a unique index the replica identity. Postgres requires that it is unique,
 * immediate, valid, not partial and never NULL.
 */
function indexSteps(table: Named, index: UniqueIndex): string[] {
  const name = qualifiedName(table.schema, table.name);
  const steps: string[] = [];
  const nullable = index.nullable.map((column) => `ALTER COLUMN ${quoteIdent(column)} SET NOT NULL`);
  if (nullable.length > 0) steps.push(`ALTER TABLE ${name} ${nullable.join(', ')};`);
  let chosen = index.name;
  if (index.partial || !index.immediate) {
    // The prefix survives when Postgres truncates a long name.
    chosen = `key_of_${table.name}`;
    const remark = index.partial ? '' : ` -- this checks each row at once; to keep deferring: ALTER TABLE ${name} REPLICA IDENTITY FULL`;
    steps.push(
      `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdent(chosen)} ON ${name} (${(index.columns ?? []).map(quoteIdent).join(', ')});${remark}`,
    );
  } else if (!index.valid) {
    steps.push(`REINDEX INDEX CONCURRENTLY ${qualifiedName(table.schema, index.name)};`);
  }
  return [...steps, `ALTER TABLE ${name} REPLICA IDENTITY USING INDEX ${quoteIdent(chosen)};`];
}

function partitionedFix(table: CatalogTable, details: Details): string[] {
  const name = qualifiedName(table.schema, table.name);
  const leaves = table.partitions.filter(({ kind }) => kind === 'r');
  const deferrable = details(table)?.indexes.find((one) => one.primary && !one.immediate);
  if (deferrable?.columns != null) {
    const columns = deferrable.columns.map(quoteIdent).join(', ');
    return [`ALTER TABLE ${name} DROP CONSTRAINT ${quoteIdent(deferrable.name)}, ADD PRIMARY KEY (${columns});`];
  }
  const usable = usableIndexes(table, details).filter((index) => index.immediate && !index.partial);
  const primary = usable.find((index) => index.primary);
  const index = primary ?? usable.find(({ nullable, valid }) => nullable.length === 0 && valid);
  if (table.identity === 'f' && primary === undefined) {
    const others = leaves.filter(({ identity }) => identity !== 'f');
    if (others.length > 0) return others.map(fullIdentity);
    const key = details(table)?.partitionKey;
    const column = quoteIdent(newColumn(table));
    if (key == null) return [`-- a key of ${name} would have to contain the expression that partitions it; it is replicated by whole rows`];
    return [
      `ALTER TABLE ${name} ADD COLUMN ${column} uuid NOT NULL DEFAULT gen_random_uuid(), ADD PRIMARY KEY (${[column, ...key.map(quoteIdent)].join(', ')}); -- rewrites the table`,
    ];
  }
  if (index?.columns == null) return [fullIdentity(table), ...leaves.filter(({ identity }) => identity !== 'f').map(fullIdentity)];
  const full = table.identity === 'f';
  const own =
    table.key.length > 0 || full
      ? []
      : [`ALTER TABLE ${name} REPLICA IDENTITY ${index.primary ? 'DEFAULT' : `USING INDEX ${quoteIdent(index.name)}`};`];
  const columns = table.key.length > 0 ? table.key.map((column) => column.name) : index.columns;
  const root = { identity: table.identity, key: columns.map((column, position) => ({ attnum: position, name: column })) };
  return [...own, ...leaves.filter((leaf) => !tellsKey(leaf, root, full)).map((leaf) => leafFix(leaf, { columns, full }, details))];
}

function leafFix(leaf: CatalogPartition, root: { columns: readonly string[]; full: boolean }, details: Details): string {
  const index = details(leaf)?.indexes.find(
    ({ columns, immediate, valid, partial, nullable }) =>
      immediate && valid && !partial && nullable.length === 0 && root.columns.every((column) => columns?.includes(column) === true),
  );
  if (root.full || index === undefined) return fullIdentity(leaf);
  const identity = index.primary ? 'DEFAULT' : `USING INDEX ${quoteIdent(index.name)}`;
  return `ALTER TABLE ${qualifiedName(leaf.schema, leaf.name)} REPLICA IDENTITY ${identity};`;
}

function fullIdentity({ schema, name }: Named): string {
  return `ALTER TABLE ${qualifiedName(schema, name)} REPLICA IDENTITY FULL;`;
}

function newColumn({ columns }: CatalogTable): string {
  const names = new Set(columns.map(({ name }) => name));
  return ['id', 'row_id', 'tailrace_id'].find((name) => !names.has(name)) ?? 'id_of_row';
}
