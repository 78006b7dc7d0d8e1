import { parseLsn } from '../../core/lsn.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import type { Share } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { canBeUnchanged, storageColumn } from '../storage/clickhouse-types.ts';
import { commaAfterEach, lineageNames, storageColumns, storageKey } from '../storage/row-sql.ts';
import { mine, mineByBase, mineByLineage } from '../storage/spread.ts';
import { boundsSql, version, versionSql } from '../storage/version.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';

const NO_EXACT = `CAST(map(), 'Map(String, Nullable(String))')`;

/** A column whose value may have been left out, and its bit in the schema of the files. */
interface Unchangeable {
  readonly name: string;
  readonly bit: number;
}

/** Where the values of earlier rows are. */
export interface ResolvedFrom {
  /** Subquery with one row for each key, as stored-rows.sql. */
  stored(holes: { readonly storage: string; readonly target: string; readonly target_key: string; readonly base_known: string }): string;
  /** Names of further columns of the step's rows. */
  readonly more: readonly string[];
}

const CURRENT_ROWS: ResolvedFrom = { stored: (holes) => sql('stored-rows', holes), more: [] };

/**
 * Subquery: the rows of a step with unchanged values, resolved, in the order of the storage's
 * columns and with `_tr_unresolved`, 1 where a value was found nowhere. Statements with it need
 * KEYS_FIRST.
 */
export function resolvedRows(open: OpenStep, share: Share, from: ResolvedFrom = CURRENT_ROWS): string {
  const { schema, step, bounds, unchanged } = open;
  const key = storageKey(schema);
  const lineage = step.lineage ? lineageNames(schema) : key;
  const columns = schema.columns.flatMap((column, bit): Unchangeable[] =>
    mayBeUnchanged(schema, column) && (unchanged?.has(bit) ?? true) ? [{ name: storageColumn(column.id), bit }] : [],
  );
  const entities = entitiesOf(open, share);
  const stored = from.stored({
    storage: storageOf(open),
    target: list('t', [...key, ...columns.map(({ name }) => name), '_tr_exact']),
    target_key: list('t', schema.key.map(storageColumn)),
    base_known: knownKeysSql(open, lineage, entities),
  });
  return sql('resolved-rows', {
    stored,
    more: from.more.map((name) => `, s.${name} AS ${name}`).join(''),
    rows: open.rows,
    bounds: boundsSql('r._tr_version', bounds),
    staged_bounds: boundsSql('s._tr_version', bounds),
    mine: mineByBase(schema, share),
    entities,
    lineage: list('r', lineage),
    lineage_key: list('r', lineage.slice(0, schema.key.length)),
    found: columns.flatMap(found).join(', '),
    base: baseSql(open, key).join(', '),
    resolved: commaAfterEach(resolvedColumns(schema, columns)),
    exact: `mapConcat(${['s._tr_exact', ...columns.map(resolvedExact)].join(', ')})`,
    unresolved: unresolvedSql(open, columns),
    join: key.map((name, index) => `g.${name} = s._tr_base.${index + 1}`).join(' AND '),
  });
}

/**
 * The rest of a condition on rows of files: those of entities that the storage has on this shard.
 * Empty where the rows do not say it before they are resolved.
 */
function entitiesOf(open: OpenStep, share: Share): string {
  if (!open.step.lineage) return mine(open.schema, share);
  return beginsInside(open) ? '' : mineByLineage(open.schema, share);
}

function mayBeUnchanged(schema: TableSchema, column: Column): boolean {
  return canBeUnchanged(column.type) && !schema.key.includes(column.id);
}

/**
 * The last value that an earlier row of the entity has in these files, with its exact text, and
 * that row's version (0: none).
 */
function found(column: Unchangeable): string[] {
  const known = `NOT ${isUnchanged('r', column)} AND r._tr_deleted = 0`;
  const value = `tuple(r.${column.name}, mapFilter((k, v) -> k = '${column.name}', r._tr_exact))`;
  return [
    `maxIf(r._tr_version, ${known}) OVER past AS _tr_at_${column.name}`,
    `argMaxIf(${value}, r._tr_version, ${known}) OVER past AS _tr_value_${column.name}`,
  ];
}

/**
 * The key under which the storage has the entity: the one it had when the file began or, when a
 * part of the file is not applied (a copy or a held position lies inside it), the one it had at
 * that point. The storage does not have an entity that began inside the file.
 */
function baseSql(open: OpenStep, key: readonly string[]): string[] {
  const { step, schema, bounds } = open;
  if (!step.lineage) return [`tuple(${list('r', key)}) AS _tr_base`, 'toUInt8(1) AS _tr_has_base'];
  const began = `tuple(${list('r', lineageNames(schema).slice(0, -1))})`;
  if (!beginsInside(open)) return [`${began} AS _tr_base`, 'toUInt8(r._tr_lk_new = 0) AS _tr_has_base'];
  const earlier = `r._tr_deleted = 0 AND r._tr_version < ${versionSql(bounds.from)}`;
  return [
    `if(maxIf(r._tr_version, ${earlier}) OVER entity > 0, argMaxIf(tuple(${list('r', key)}), r._tr_version, ${earlier}) OVER entity, ${began}) AS _tr_base`,
    `toUInt8(r._tr_lk_new = 0 OR maxIf(r._tr_version, ${earlier}) OVER entity > 0) AS _tr_has_base`,
  ];
}

/**
 * Every key that the storage may be asked for, so that only those are read. Without exact texts:
 * comparing one number for each stored row costs a third less than a number and a text. The join
 * compares both.
 */
function knownKeysSql(open: OpenStep, lineage: readonly string[], entities: string): string {
  const { step, rows, schema, bounds } = open;
  const key = list('r', schema.key.map(storageColumn));
  if (!step.lineage) return sql('unchanged-keys', { key, rows, bounds: `${boundsSql('r._tr_version', bounds)}${entities}` });
  const began = sql('unchanged-keys', { key: list('r', lineageNames(schema).slice(0, schema.key.length)), rows, bounds: `1${entities}` });
  if (!beginsInside(open)) return began;
  const from = versionSql(bounds.from);
  const unchanged = sql('unchanged-keys', { key: list('r', lineage), rows, bounds: boundsSql('r._tr_version', bounds) });
  const earlier = sql('earlier-keys', { key, rows, from, lineage: list('r', lineage), unchanged });
  return `${began} UNION ALL ${earlier}`;
}

/** Whether a part of the files comes before the applied range. */
function beginsInside({ step, schema, bounds }: OpenStep): boolean {
  return step.files.some(({ minCommitLsn }) => minCommitLsn === undefined || version(schema.epoch, parseLsn(minCommitLsn)) < bounds.from);
}

function resolvedColumns(schema: TableSchema, columns: readonly Unchangeable[]): string[] {
  const unchangeable = new Map(columns.map((column) => [column.name, column]));
  return storageColumns(schema).map((name) => {
    const column = unchangeable.get(name);
    if (column === undefined) return `s.${name} AS ${name}`;
    return `if(${isUnchanged('s', column)}, if(${isFound(column)}, s._tr_value_${name}.1, g.${name}), s.${name}) AS ${name}`;
  });
}

function resolvedExact(column: Unchangeable): string {
  const { name } = column;
  const stored = `mapFilter((k, v) -> k = '${name}', g._tr_exact)`;
  return `if(${isUnchanged('s', column)}, if(${isFound(column)}, s._tr_value_${name}.2, ${stored}), ${NO_EXACT})`;
}

/** 1 where a value was left out and found neither in the files nor in the storage. */
function unresolvedSql({ bounds }: OpenStep, columns: readonly Unchangeable[]): string {
  // An insert below the bounds is in the storage already, from the copy or an earlier step.
  const stored = `s._tr_has_base = 1 AND s._tr_born < ${versionSql(bounds.from)} AND g._tr_there = 1`;
  const missing = columns.map((column) => `(${isUnchanged('s', column)} AND NOT (${isFound(column)}))`);
  return `toUInt8((${['0', ...missing].join(' OR ')}) AND NOT (${stored}))`;
}

/** An earlier row of the files has the value and belongs to the same entity. */
function isFound({ name }: Unchangeable): string {
  return `s._tr_at_${name} > 0 AND s._tr_at_${name} >= s._tr_born`;
}

function isUnchanged(from: string, { bit }: Unchangeable): string {
  return `bitTest(reinterpretAsUInt8(substring(${from}._tr_unchanged, ${(bit >> 3) + 1}, 1)), ${bit & 7})`;
}

function list(from: string, names: readonly string[]): string {
  return names.map((name) => `${from}.${name}`).join(', ');
}
