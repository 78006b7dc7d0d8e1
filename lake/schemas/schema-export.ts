import type { ColumnType } from '../../core/column-type.ts';
import { KINDS } from '../../core/column-kinds.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { CELL_FORMS, longForm, numericText } from './cell-form.ts';
import type { CellForm } from './cell-form.ts';

type Json = Readonly<Record<string, unknown>>;

const STRING: Json = { type: 'string' };
const NULL: Json = { type: 'null' };

const JSON_FORMS: Readonly<Record<CellForm, readonly Json[]>> = {
  boolean: [{ type: 'boolean' }],
  int: [{ type: 'integer' }],
  uint: [{ type: 'integer', minimum: 0 }],
  long: [{ type: 'integer' }, STRING],
  float: [{ type: 'number' }, STRING],
  double: [{ type: 'number' }, STRING],
  string: [STRING],
  map: [{ type: 'object', additionalProperties: { anyOf: [STRING, NULL] } }],
  floats: [{ type: 'array', items: { type: 'number' } }],
};

const AVRO_FORMS: Readonly<Record<CellForm, readonly unknown[]>> = {
  boolean: ['boolean'],
  int: ['int'],
  uint: ['long'],
  long: ['long', 'string'],
  float: ['float', 'string'],
  double: ['double', 'string'],
  string: ['string'],
  map: [{ type: 'map', values: ['null', 'string'] }],
  floats: [{ type: 'array', items: 'float' }],
};

/**
 * The JSON Schema of `row` in the lines of a tap. It names no draft, since it is the same in all
 * from draft 6 on.
 */
export function jsonSchema(schema: TableSchema, title: string): Json {
  const properties = schema.columns.map((column) => {
    const forms = jsonForms(column.type);
    const all = isRequired(schema, column) ? forms : [...forms, NULL];
    const missing = missingValue(column);
    const form = { description: column.typeName, ...(all.length === 1 ? all[0] : { anyOf: all }) };
    return [column.name, missing === undefined ? form : { ...form, default: missing }] as const;
  });
  const required = schema.columns.filter((column) => isAlwaysThere(schema, column)).map(({ name }) => name);
  return { title, type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false };
}

/** The Avro schema of `row`. A name that Avro cannot have becomes `c<attnum>`. */
export function avroSchema(schema: TableSchema): Json {
  const fields = schema.columns.map((column) => {
    const forms = avroForms(column.type);
    const name = avroName(column.name) ?? `c${column.id}`;
    const doc = name === column.name ? column.typeName : `${column.name} ${column.typeName}`;
    const isThere = isAlwaysThere(schema, column);
    const missing = missingValue(column);
    // A default is of the first type.
    const first = forms.find((form) => typeof missing === 'string' && form === 'string') ?? forms[0];
    const rest = forms.filter((form) => form !== first);
    if (missing !== undefined) return { name, type: oneOf([first, ...(isThere ? [] : ['null']), ...rest]), default: missing, doc };
    return isThere ? { name, type: oneOf(forms), doc } : { name, type: ['null', ...forms], default: null, doc };
  });
  return { type: 'record', name: avroName(schema.name) ?? `t${schema.oid}`, namespace: avroName(schema.schema) ?? 'source', fields };
}

/**
 * What rows from before the column have for it, in the form of a tap; undefined: NULL, or a value
 * that has no such form.
 */
export function missingValue({ missing, type }: Pick<Column, 'missing' | 'type'>): string | number | boolean | undefined {
  if (missing === null) return undefined;
  if (type.kind === 'array') return missing;
  switch (CELL_FORMS[type.kind]) {
    case 'boolean':
      return missing === 't' || missing === 'true';
    case 'int':
    case 'uint':
      return Number(missing);
    case 'long':
      return longForm(missing);
    case 'float':
    case 'double':
      return Number.isFinite(Number(missing)) ? Number(missing) : missing;
    case 'string':
      return numericText(missing, type);
    default:
      return undefined;
  }
}

/** Whether a row of a reader always has a value for it. */
export function isRequired({ key }: Pick<TableSchema, 'key'>, { id, notNull }: Pick<Column, 'id' | 'notNull'>): boolean {
  return notNull === true || key.includes(id);
}

/** An update leaves out a large value that it does not change, also of a NOT NULL column. */
function isAlwaysThere(schema: TableSchema, column: Column): boolean {
  if (schema.key.includes(column.id)) return true;
  return column.notNull === true && column.type.kind !== 'array' && KINDS[column.type.kind].toastable !== true;
}

function jsonForms(type: ColumnType): readonly Json[] {
  if (type.kind === 'array') return [{ type: 'array', items: { anyOf: [...JSON_FORMS[CELL_FORMS[type.element.kind]], NULL] } }, STRING];
  return JSON_FORMS[CELL_FORMS[type.kind]];
}

function avroForms(type: ColumnType): readonly unknown[] {
  if (type.kind === 'array') return [{ type: 'array', items: ['null', ...AVRO_FORMS[CELL_FORMS[type.element.kind]]] }, 'string'];
  return AVRO_FORMS[CELL_FORMS[type.kind]];
}

function oneOf(types: readonly unknown[]): unknown {
  return types.length === 1 ? types[0] : types;
}

function avroName(name: string): string | null {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : null;
}
