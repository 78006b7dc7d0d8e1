import type { Relation } from '../../postgres/pgoutput/handler.ts';
import { holdsValuesOf } from '../../core/column-type.ts';
import { canonicalJson } from '../../core/table.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { holdReason, narrowingChange } from '../../core/narrowing.ts';
import { addedColumns, schemaBetween } from './between.ts';
import type { Storage, TableFacts } from './table-facts.ts';

/**
 * What happened to a table. `same`: nothing. `schema`: every column is explained, and the table
 * changes in place. `resync`: something is not explained, so the table is copied again. A copy is
 * always right, so nothing is guessed.
 */
export type Explanation = { readonly kind: 'same' } | { readonly kind: 'schema' } | { readonly kind: 'resync'; readonly reason: string };

/**
 * How rows after a Relation message are read. `facts` are those of the table from here on.
 * `unclear`: the message fits neither what was known nor the catalog. The catalog may be behind (a
 * commit is streamed before others see it) or far ahead. `gone`: the table was dropped. `held`: the
 * configuration does not fit the table, so its rows are skipped.
 */
export type RelationExplanation =
  | { readonly kind: 'known' }
  | { readonly kind: 'schema' | 'new'; readonly facts: TableFacts }
  | { readonly kind: 'resync'; readonly facts: TableFacts; readonly reason: string }
  | { readonly kind: 'held'; readonly facts: TableFacts; readonly reason: string }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'gone' };

/** What a Relation message is compared with. */
export interface RelationCase {
  /** The message without the columns that the configuration leaves out. */
  readonly relation: Relation;
  readonly known: TableFacts | null;
  readonly now: TableFacts | null;
  /** Transactions that truncated this table in the stream. */
  readonly truncatedBy: readonly number[];
  /** Fingerprint of the tables' configuration; absent: there is no section. */
  readonly by?: string;
  /** Its rows were skipped until now. */
  readonly held?: boolean;
}

const SAME: Explanation = { kind: 'same' };

/**
 * Compares what was known with the catalog, once the stream has passed the position of the look.
 * `truncatedBy`: transactions that truncated this table in the stream; a truncate changes the
 * storage too.
 */
export function explainCatalog(known: TableFacts, now: TableFacts, truncatedBy: readonly number[]): Explanation {
  const columns = explainColumns(known, now);
  if (columns.kind === 'resync') return columns;
  const moved = storageChange(known, now, truncatedBy);
  if (moved !== null) return resync(columns.kind === 'same' ? moved : `${moved} and its columns changed`);
  if (printsDifferently(known, now)) return resync(PRINTS_DIFFERENTLY);
  if (columns.kind === 'same' && nameOf(known.table) !== nameOf(now.table)) return { kind: 'schema' };
  return columns;
}

/**
 * Compares a Relation message with what was known and with the catalog, which was read later and
 * may be further ahead.
 */
export function explainRelation(asked: RelationCase): RelationExplanation {
  const { known, now, by = '', held = false } = asked;
  const hold = now === null ? null : holdReason(known?.table ?? null, now.table, { rule: now.rule ?? null, by });
  if (now !== null && hold !== null) return { kind: 'held', facts: now, reason: hold };
  if (!held && (now === null || narrowingChange(known?.table ?? now.table, now.table) === null)) return explainShape(asked);
  // The table is read by new rules from here on.
  if (now === null) return { kind: 'gone' };
  if (!matches(asked.relation, now.table)) return { kind: 'unclear' };
  return { ...resync(held ? HELD_BEFORE : (narrowingChange(known?.table ?? now.table, now.table) ?? HELD_BEFORE)), facts: now };
}

/** Why a table whose rows were skipped is copied. */
export const HELD_BEFORE = 'it was held back for a while';

function explainShape({ relation, known, now, truncatedBy }: RelationCase): RelationExplanation {
  if (known !== null && now !== null && matches(relation, now.table)) {
    const columns = explainColumns(known, now);
    if (columns.kind === 'same') return underItsName(relation, known);
    if (columns.kind === 'resync') return { ...columns, facts: now };
    if (hasHole(known, now)) return { ...resync('a column was added and dropped again'), facts: now };
    const moved = storageChange(known, now, truncatedBy);
    if (moved !== null) return { ...resync(`${moved} and its columns changed`), facts: now };
    // Check it now: the old labels are forgotten once this is known.
    if (printsDifferently(known, now)) return { ...resync(PRINTS_DIFFERENTLY), facts: now };
    return { kind: 'schema', facts: now };
  }
  if (known === null && now !== null && matches(relation, now.table)) return { kind: 'new', facts: now };
  // The catalog is ahead. An attnum is given only once, so a known column that still exists was the
  // same column in between.
  if (known !== null && matches(relation, known.table)) return underItsName(relation, known);
  if (now === null) return { kind: 'gone' };
  return known === null ? { kind: 'unclear' } : explainBetween(relation, { known, now }, truncatedBy);
}

/** Only the name of the table may be new here. Later rows must not bring back the old one. */
function underItsName({ schema, name }: Relation, known: TableFacts): RelationExplanation {
  if (known.table.schema === schema && known.table.name === name) return { kind: 'known' };
  return { kind: 'schema', facts: { ...known, table: { ...known.table, schema, name } } };
}

function explainBetween(
  relation: Relation,
  { known, now }: { known: TableFacts; now: TableFacts },
  truncatedBy: readonly number[],
): RelationExplanation {
  const between = schemaBetween(relation, known, now);
  if (between === null || !matches(relation, between)) return { kind: 'unclear' };
  const table = { ...between, schema: relation.schema, name: relation.name };
  const facts = { ...known, table, maxAttnum: Math.max(known.maxAttnum, table.columns.at(-1)?.id ?? 0) };
  const columns = explainColumns(known, facts);
  if (columns.kind !== 'schema' || storageChange(known, now, truncatedBy) !== null) return { kind: 'unclear' };
  return { kind: 'schema', facts };
}

/**
 * Whether the relation has the columns of the schema: the same names and types in the same order,
 * and the same key.
 */
export function matches(relation: Relation, table: TableSchema): boolean {
  if (relation.columns.length !== table.columns.length) return false;
  const flagged = relation.identity === 'd' || relation.identity === 'i';
  // FULL does not say how rows are told apart: by a key, as a whole, or not at all because of a
  // partition or a virtual column. For an append-only table the flags of the server do not matter:
  // its key may have NULLs, or a partition lacks it.
  const grows = table.identity === 'append';
  if (relation.identity !== 'f' && !grows && (table.identity === 'key') !== relation.columns.some((column) => column.key)) return false;
  return relation.columns.every((streamed, index) => {
    const column = table.columns[index];
    if (column === undefined || column.name !== streamed.name) return false;
    if (column.typeOid !== streamed.typeOid || column.typmod !== streamed.typmod) return false;
    return !flagged || grows || streamed.key === table.key.includes(column.id);
  });
}

function explainColumns(known: TableFacts, now: TableFacts): Explanation {
  if (known.table.identity !== now.table.identity || known.table.key.join() !== now.table.key.join()) return resync('its identity changed');
  const narrowed = narrowingChange(known.table, now.table);
  if (narrowed !== null) return resync(narrowed);
  const byId = new Map(known.table.columns.map((column) => [column.id, column]));
  const idOfName = new Map(known.table.columns.map((column) => [column.name, column.id]));
  // Columns that stay may exchange names, because their order in the stream tells them apart. Not
  // with rules of the configuration, which use names.
  const exchange = new Set(isNarrowed(known, now) ? [] : now.table.columns.map(({ id }) => id));
  let changed = known.table.columns.length !== now.table.columns.length || !sameNarrowing(known.table, now.table);
  for (const column of now.table.columns) {
    const named = idOfName.get(column.name);
    const before = byId.get(column.id);
    if (named !== undefined && named !== column.id && !(before !== undefined && exchange.has(named)))
      return resync(`the name "${column.name}" moved to another column`);
    if (before === undefined && column.id <= known.maxAttnum) return resync(`column "${column.name}" was not replicated before`);
    if (before !== undefined && isMappedDifferently(column, before)) {
      return resync(`column "${column.name}" of type ${column.typeName} gets a different type in the warehouse`);
    }
    if (before !== undefined && !holds(column, before)) {
      return resync(`column "${column.name}" changed its type from ${before.typeName} to ${column.typeName}`);
    }
    changed ||= before === undefined || !isSameColumn(before, column);
  }
  return changed ? { kind: 'schema' } : SAME;
}

function isSameColumn(before: Column, now: Column): boolean {
  return before.name === now.name && before.typeOid === now.typeOid && before.typmod === now.typmod && before.notNull === now.notNull;
}

function isNarrowed(known: TableFacts, now: TableFacts): boolean {
  return known.table.narrowed !== undefined || now.table.narrowed !== undefined;
}

/**
 * The type is the same at the source, but was mapped to a different one, by an earlier version of
 * tailrace or before an extension owned it.
 */
function isMappedDifferently(now: Column, before: Column): boolean {
  return now.typeOid === before.typeOid && now.typmod === before.typmod && canonicalJson(now.type) !== canonicalJson(before.type);
}

/** Every value of the old type is the same value, printed the same way, in the new type. */
function holds(now: Column, before: Column): boolean {
  if (now.typeOid === before.typeOid && now.typmod === before.typmod) return true;
  if (now.typeOid !== before.typeOid) return TEXT_AND_VARCHAR.has(now.typeOid) && TEXT_AND_VARCHAR.has(before.typeOid);
  return holdsValuesOf(now.type, before.type);
}

/**
 * Types that Postgres exchanges without a rewrite. Other such pairs may print differently: a cidr
 * shows its mask, an inet may not.
 */
const TEXT_AND_VARCHAR = new Set([25, 1043]);

/**
 * What happened to the storage that may have changed values without a trace in the stream, in
 * words; null: nothing.
 */
function storageChange(known: TableFacts, now: TableFacts, truncatedBy: readonly number[]): string | null {
  const [own] = known.table.oid === known.storage[0]?.oid ? known.storage : [];
  for (const before of known.storage) {
    const after = now.storage.find(({ oid }) => oid === before.oid);
    const isPartition = before !== own;
    if (after === undefined) return 'it lost a partition';
    if (before.joined !== '' && after.joined !== before.joined) return 'a partition was detached and attached again';
    if (
      after.filenode === before.filenode ||
      keepsValues({ known, now, before, after, truncated: truncatedBy.includes(after.xid), isPartition })
    )
      continue;
    return isPartition ? 'a partition was emptied or rewritten' : 'it was rewritten';
  }
  const knownOids = new Set(known.storage.map(({ oid }) => oid));
  const isNew = now.storage.some(({ oid, attached }) => attached && !knownOids.has(oid));
  return isNew ? 'a table was attached to it as a partition' : null;
}

interface Rewrite {
  readonly known: TableFacts;
  readonly now: TableFacts;
  readonly before: Storage;
  readonly after: Storage;
  /** The transaction that last wrote the catalog row is a truncate that the stream showed. */
  readonly truncated: boolean;
  readonly isPartition: boolean;
}

/**
 * Whether a new filenode still has the values that the stream showed, as after VACUUM FULL, CLUSTER
 * or a streamed truncate. Any other rewrite writes the catalog row of the changed column and
 * creates a new TOAST table (ATExecAlterColumnType in tablecmds.c, make_new_heap and
 * finish_heap_swap in cluster.c). Every rewrite removes the missing values of columns
 * (RelationClearMissing in heap.c). So the value that older rows have in a column added since, and
 * without a missing value, is unknown. The truncate of a single leaf is not streamed.
 */
function keepsValues({ known, now, before, after, truncated, isPartition }: Rewrite): boolean {
  const ids = new Set(known.table.columns.map(({ id }) => id));
  const [stayed, added] = [now.table.columns.filter(({ id }) => ids.has(id)), now.table.columns.filter(({ id }) => !ids.has(id))];
  const sameToast = before.toast !== 0 && before.toast === after.toast;
  const sameColumns = stayed.every(({ id }) => known.versions[id] !== undefined && known.versions[id] === now.versions[id]);
  if (!sameToast && !sameColumns) return false;
  const isErased = added.some(({ missing }) => missing === null);
  // Without a TOAST table as evidence, the added column may be the reason for the rewrite.
  return truncated ? sameToast || !isErased : !isPartition && !isErased;
}

/**
 * Whether an attnum between the known and the new ones is gone again. Its column may have been
 * streamed under any name.
 */
function hasHole(known: TableFacts, now: TableFacts): boolean {
  const added = addedColumns(known, now);
  return added > 0 && now.maxAttnum - known.maxAttnum !== added;
}

const PRINTS_DIFFERENTLY = 'a type of its columns prints old values differently';

function printsDifferently(known: TableFacts, now: TableFacts): boolean {
  return Object.keys(known.labels).some((id) => now.labels[id] !== undefined && !extendsLabels(known.labels[id], now.labels[id]));
}

function extendsLabels(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const labels = new Set(parseLabels(after));
  return parseLabels(before).every((label) => labels.has(label));
}

function parseLabels(text: string): string[] {
  return text.split('\n');
}

function sameNarrowing(one: TableSchema, other: TableSchema): boolean {
  return JSON.stringify(one.narrowed) === JSON.stringify(other.narrowed);
}

function nameOf(table: TableSchema): string {
  return JSON.stringify([table.schema, table.name]);
}

function resync(reason: string): { readonly kind: 'resync'; readonly reason: string } {
  return { kind: 'resync', reason };
}
