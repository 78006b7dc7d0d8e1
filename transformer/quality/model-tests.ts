import { literalCh, qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import type { ModelTest } from '../folder/model-test.ts';
import type { Model } from '../folder/model.ts';

/** The parts of a model that its tests need. */
type TestedModel = Pick<Model, 'id' | 'database' | 'name' | 'key' | 'tests'>;

/** A test with the SELECT of its failing rows. */
export interface BoundTest {
  /** Its text, or the name of its file. */
  readonly test: string;
  /** The table that it tests, as in reports. */
  readonly table: string;
  readonly severity: 'error' | 'warn';
  /** Each row of it is a failure. Databases are named as in the models. */
  readonly select: string;
  /** Tables that it reads besides the tested one. */
  readonly reads: readonly { readonly database: string; readonly name: string }[];
}

/**
 * The tests of a model. The one of its `@key` comes first and always blocks: two rows with one key
 * would be one row of an incremental model. Pure.
 */
export function testsOf(model: TestedModel): BoundTest[] {
  const { id, database, name, key, tests } = model;
  const from = qualifiedCh(database, name);
  const keyTest: BoundTest = { test: `key ${key.join(', ')}`, table: id, severity: 'error', select: duplicateKeys(from, key), reads: [] };
  return [
    ...(key.length === 0 ? [] : [keyTest]),
    ...tests.map((test): BoundTest => ({
      test: test.text,
      table: id,
      severity: test.severity,
      select: failingRows(test, from),
      reads: test.kind === 'references' ? [{ database: test.to.database, name: test.to.table }] : [],
    })),
  ];
}

/**
 * A SELECT of the keys that more than one row has, with their number. NULL is a value like any
 * other here, as in a sort key. `from`: a table or a subquery in parentheses. Pure.
 */
export function duplicateKeys(from: string, key: readonly string[]): string {
  return groups(from, key, 'true');
}

/** A row with NULL in one of its columns is no failure, except of `not_null`: as in Postgres. */
function failingRows(test: ModelTest, from: string): string {
  switch (test.kind) {
    case 'unique':
      return groups(from, test.columns, test.columns.map((column) => `${quoteCh(column)} IS NOT NULL`).join(' AND '));
    case 'not_null':
      return `SELECT * FROM ${from} WHERE ${test.columns.map((column) => `${quoteCh(column)} IS NULL`).join(' OR ')}`;
    case 'accepted': {
      const column = quoteCh(test.column);
      const values = test.values.map((value) => literalCh(value)).join(', ');
      return `SELECT * FROM ${from} WHERE ${column} IS NOT NULL AND toString(${column}) NOT IN (${values})`;
    }
    case 'references': {
      const [column, theirs] = [quoteCh(test.column), quoteCh(test.to.column)];
      const known = `SELECT ${theirs} FROM ${qualifiedCh(test.to.database, test.to.table)} WHERE ${theirs} IS NOT NULL`;
      return `SELECT * FROM ${from} WHERE ${column} IS NOT NULL AND ${column} NOT IN (${known})`;
    }
    case 'rows':
      return `SELECT count() AS rows FROM ${from} HAVING count() < ${test.atLeast}`;
  }
}

function groups(from: string, columns: readonly string[], where: string): string {
  const list = columns.map((column) => quoteCh(column)).join(', ');
  const many = quoteCh(columns.includes('rows') ? `rows of ${columns.join(', ')}` : 'rows');
  return `SELECT ${list}, count() AS ${many} FROM ${from} WHERE ${where} GROUP BY ${list} HAVING count() > 1`;
}
