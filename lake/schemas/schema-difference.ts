import { keyColumns } from '../row-columns.ts';
import { CELL_FORMS } from './cell-form.ts';
import type { Kind } from '../../core/column-kinds.ts';
import { holdsValuesOf } from '../../core/column-type.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { qualifiedName } from '../../core/table.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { isRequired } from './schema-export.ts';

/**
 * A change in the words of schema registries. `backward`: a reader with the new schema reads rows
 * of the old one. `forward`: a reader with the old schema reads rows of the new one. `full`: both.
 * `breaking`: neither.
 */
type SchemaClass = 'full' | 'backward' | 'forward' | 'breaking';

/** One difference of two schemas. */
export interface SchemaChange {
  /** null: it is of the table itself. */
  readonly column: string | null;
  /** What changed, for people. */
  readonly what: string;
  readonly class: SchemaClass;
}

/** `note: added, text` */
export function changeText({ column, what }: SchemaChange): string {
  return column === null ? what : `${column}: ${what}`;
}

/** All differences of two schemas, and the class of them together. */
export interface SchemaDifference {
  readonly class: SchemaClass;
  readonly changes: readonly SchemaChange[];
}

/** Number types by what reads them, as Avro promotes them. */
const PROMOTIONS: Partial<Record<Kind, readonly Kind[]>> = {
  int2: ['int4', 'int8', 'float4', 'float8'],
  int4: ['int8', 'float4', 'float8'],
  int8: ['float4', 'float8'],
  uint32: ['int8', 'uint64', 'float4', 'float8'],
  uint64: ['float4', 'float8'],
  float4: ['float8'],
};

/** Compares two schemas. Columns are the same by name; where the name is gone, by their attnum. */
export function schemaDifference(before: TableSchema, now: TableSchema): SchemaDifference {
  const [olds, news] = [new Map(before.columns.map((one) => [one.name, one])), new Map(now.columns.map((one) => [one.name, one]))];
  const gone = before.columns.filter(({ name }) => !news.has(name));
  const come = now.columns.filter(({ name }) => !olds.has(name));
  const renamed = new Map(gone.flatMap((old) => come.filter(({ id }) => id === old.id).map((column) => [old, column] as const)));
  const changes: SchemaChange[] = [
    ...tableChanges(before, now),
    ...[...renamed].map(([old, column]) => changeOf(column, `renamed from ${old.name}`, { backward: false, forward: false })),
    ...gone
      .filter((old) => !renamed.has(old))
      .map((old) => changeOf(old, `dropped, ${old.typeName}`, { backward: true, forward: !isRequired(before, old) })),
    ...come
      .filter((column) => ![...renamed.values()].includes(column))
      .map((column) => changeOf(column, `added, ${column.typeName}`, { backward: hasValueForOld(now, column), forward: true })),
    ...now.columns.flatMap((column) => {
      const old = olds.get(column.name) ?? [...renamed].find(([, one]) => one === column)?.[0];
      return old === undefined ? [] : columnChanges({ before, old }, { now, column });
    }),
  ];
  const worst = { backward: changes.every(isBackward), forward: changes.every(isForward) };
  return { class: classOf(worst), changes };
}

function tableChanges(before: TableSchema, now: TableSchema): SchemaChange[] {
  const names = [qualifiedName(before.schema, before.name), qualifiedName(now.schema, now.name)] as const;
  const keys = [keyText(before), keyText(now)] as const;
  const breaking = { column: null, class: 'breaking' } as const;
  return [
    ...(names[0] === names[1] ? [] : [{ ...breaking, what: `renamed from ${names[0]} to ${names[1]}` }]),
    ...(keys[0] === keys[1] ? [] : [{ ...breaking, what: `its key was ${keys[0]} and is ${keys[1]}` }]),
  ];
}

function columnChanges(was: { before: TableSchema; old: Column }, is: { now: TableSchema; column: Column }): SchemaChange[] {
  const { old } = was;
  const { column } = is;
  const [required, requires] = [isRequired(was.before, old), isRequired(is.now, column)];
  const sameType = old.typeName === column.typeName && JSON.stringify(old.type) === JSON.stringify(column.type);
  const types = { backward: reads(column.type, old.type), forward: reads(old.type, column.type) };
  return [
    ...(sameType ? [] : [changeOf(column, `its type was ${old.typeName} and is ${column.typeName}`, types)]),
    ...(required === requires
      ? []
      : [changeOf(column, requires ? 'is NOT NULL' : 'may be NULL', { backward: !requires, forward: requires })]),
    ...(old.mask === column.mask
      ? []
      : [changeOf(column, column.mask === undefined ? 'is no longer masked' : `is masked: ${column.mask}`, types)]),
  ];
}

/** Rows from before the column have no value for it. */
function hasValueForOld(schema: TableSchema, column: Column): boolean {
  return !isRequired(schema, column) || column.missing !== null;
}

/** Whether a reader that expects one type understands values of another. */
function reads(reader: ColumnType, written: ColumnType): boolean {
  if (reader.kind === 'array' || written.kind === 'array')
    return reader.kind === 'array' && written.kind === 'array' && reads(reader.element, written.element);
  if (reader.kind === written.kind) return holdsValuesOf(reader, written);
  if (reader.kind === 'text') return CELL_FORMS[written.kind] === 'string';
  return PROMOTIONS[written.kind]?.includes(reader.kind) === true;
}

function keyText(schema: TableSchema): string {
  const names = keyColumns(schema).map(({ name }) => name);
  return names.length === 0 ? 'none' : `(${names.join(', ')})`;
}

type Ways = { readonly backward: boolean; readonly forward: boolean };

function changeOf({ name }: Column, what: string, ways: Ways): SchemaChange {
  return { column: name, what, class: classOf(ways) };
}

function classOf({ backward, forward }: Ways): SchemaClass {
  if (backward) return forward ? 'full' : 'backward';
  return forward ? 'forward' : 'breaking';
}

function isBackward({ class: of }: SchemaChange): boolean {
  return of === 'full' || of === 'backward';
}

function isForward({ class: of }: SchemaChange): boolean {
  return of === 'full' || of === 'forward';
}
