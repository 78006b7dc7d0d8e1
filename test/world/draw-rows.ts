import type { SessionDraw, TableDraw } from './draw.ts';
import { kindOf } from './kinds.ts';
import { type Column, type Table, addressOf, dataOf, hasIdentity, keyValue, nameOf, quote, rowIs } from './model.ts';

/**
 * Rows that are inserted, updated and deleted most of the time have these numbers, so that they
 * meet.
 */
export const COMMON_ROWS = 24;

/** A deferrable key is no arbiter of conflicts, so its rows get numbers of their own. */
function newRow(draw: SessionDraw, table: Table): number {
  return table.deferrable ? 3000 + 100 * (draw.model.number() % 250) : row(draw);
}

const row = ({ random }: SessionDraw): number => random.between(0, COMMON_ROWS);

/** A value of a column that is no key: NULL at times. */
export function dataValue({ random }: SessionDraw, column: Column): string {
  return random.chance(0.15) ? 'null' : kindOf(column.kind).data(random);
}

function written(table: Table): Column[] {
  return table.columns.filter(({ generated }) => !generated);
}

/** Values of a new row by column: of its key for row number `n`, of the rest by chance. */
function rowValues(draw: SessionDraw, table: Table, n: string): string[] {
  const address = addressOf(table);
  return written(table).map((column) =>
    address.includes(column) || column.name === table.unique?.column ? keyValue(column, n) : dataValue(draw, column),
  );
}

function columnList(table: Table): string {
  const names = written(table).map(({ name }) => quote(name));
  return names.length === 0 ? '' : `(${names.join(', ')})`;
}

function conflictClause(draw: SessionDraw, table: Table): string {
  if (table.deferrable) return '';
  if (table.key.length === 0) return table.unique === null ? '' : ' on conflict do nothing';
  const data = dataOf(table);
  if (!hasIdentity(table) || table.unique !== null || draw.random.chance(0.4)) return ' on conflict do nothing';
  const target = table.key.map(quote).join(', ');
  if (draw.features.has('key changes') && table.leaves === null && draw.random.chance(0.2))
    return ` on conflict (${target}) do update set ${keyTo(table, draw.random.between(100, 140))}`;
  if (data.length === 0) return ' on conflict do nothing';
  const sets = draw.random.some(data).map(({ name }) => `${quote(name)} = excluded.${quote(name)}`);
  return ` on conflict (${target}) do update set ${sets.join(', ')}`;
}

function keyTo(table: Table, n: string | number): string {
  return addressOf(table)
    .map((column) => `${quote(column.name)} = ${keyValue(column, n)}`)
    .join(', ');
}

export const insertRows: TableDraw = (draw, table) => {
  if (written(table).length === 0) return [`insert into ${nameOf(table)} default values`];
  const first = newRow(draw, table);
  const rows = Array.from(
    { length: draw.random.between(1, 3) },
    (_, index) => `(${rowValues(draw, table, String(first + index)).join(', ')})`,
  );
  return [`insert into ${nameOf(table)} ${columnList(table)} values ${rows.join(', ')}${conflictClause(draw, table)}`];
};

/** Many rows by one statement: they share most of their values. */
export const insertSeries: TableDraw = (draw, table) => {
  if (written(table).length === 0) return [];
  const count = draw.features.has('large') && draw.random.chance(0.1) ? draw.random.between(2000, 12_000) : draw.random.between(5, 60);
  const from = table.deferrable ? newRow(draw, table) + 1000 : draw.random.pick([0, 10, 200, 1000]);
  const narrow = count > 1000;
  const values = written(table).map((column) => {
    if (addressOf(table).includes(column) || column.name === table.unique?.column) return keyValue(column, 'g');
    return narrow && kindOf(column.kind).wide ? 'null' : dataValue(draw, column);
  });
  const conflict = table.deferrable || (table.key.length === 0 && table.unique === null) ? '' : ' on conflict do nothing';
  return [
    `insert into ${nameOf(table)} ${columnList(table)} select ${values.join(', ')} from generate_series(${from}, ${from + count}) g${conflict}`,
  ];
};

/** Rows by COPY, which writes many at once; their keys are in use by chance only. */
export const copyRows: TableDraw = (draw, table) => {
  if (written(table).length === 0) return [];
  const from = 3000 + 100 * (draw.model.number() % 250);
  const values = rowValues(draw, table, 'g').join(', ');
  // In the server's own folder, where it may write under any user.
  const file = `copied_${draw.model.number()}`;
  return [
    `copy (select ${values} from generate_series(${from}, ${from + draw.random.between(0, 60)}) g) to program 'cat > ${file}'`,
    `copy ${nameOf(table)} ${columnList(table)} from program 'cat ${file}; rm -f ${file}'`,
  ];
};

/** Which rows a statement is for: one, some, or all. */
function which(draw: SessionDraw, table: Table): string {
  const [first] = addressOf(table);
  if (first === undefined || draw.random.chance(0.1))
    return draw.random.pick(['true', 'ctid in (select ctid from %t limit 1)']).replace('%t', only(table));
  if (draw.random.chance(0.6)) return rowIs(table, row(draw));
  if (table.key.length === 0 && table.leaves === null && draw.random.chance(0.3)) {
    return `ctid = (select ctid from only ${nameOf(table)} where ${rowIs(table, row(draw))} limit 1)`;
  }
  const from = row(draw);
  return `${quote(first.name)} in (select ${keyValue(first, 'g')} from generate_series(${from}, ${from + draw.random.between(2, 12)}) g)`;
}

function only(table: Table): string {
  return table.leaves === null ? `only ${nameOf(table)}` : nameOf(table);
}

/** An update that leaves some values alone, among them long ones. */
export const updateRows: TableDraw = (draw, table) => {
  const data = dataOf(table);
  if (!hasIdentity(table) || data.length === 0) return [];
  const condition = which(draw, table);
  // A long value for each of ten thousand rows is a table of a gigabyte.
  const columns = condition === 'true' ? data.filter(({ kind }) => !kindOf(kind).wide) : data;
  if (columns.length === 0) return [];
  const sets = draw.random.some(columns).map((column) => `${quote(column.name)} = ${dataValue(draw, column)}`);
  return [
    `update ${table.parent === null && draw.random.chance(0.8) ? only(table) : nameOf(table)} set ${sets.join(', ')} where ${condition}`,
  ];
};

export const deleteRows: TableDraw = (draw, table) =>
  hasIdentity(table) ? [`delete from ${nameOf(table)} where ${which(draw, table)}`] : [];

/** Delete and insert of one key, in one transaction or two. */
export const replaceRow: TableDraw = (draw, table) => {
  if (!hasIdentity(table) || written(table).length === 0) return [];
  const n = row(draw);
  return [
    `delete from ${nameOf(table)} where ${rowIs(table, n)}`,
    `insert into ${nameOf(table)} ${columnList(table)} values (${rowValues(draw, table, String(n)).join(', ')})${table.key.length > 0 ? ' on conflict do nothing' : ''}`,
  ];
};

/** MERGE, from 15 on. */
export const mergeRows: TableDraw = (draw, table) => {
  const data = dataOf(table);
  if (draw.version < 15 || !hasIdentity(table) || table.key.length === 0 || data.length === 0) return [];
  const sets = draw.random.some(data).map((column) => `${quote(column.name)} = ${dataValue(draw, column)}`);
  const from = row(draw);
  return [
    `merge into ${nameOf(table)} t using generate_series(${from}, ${from + 8}) g on ${addressOf(table)
      .map((column) => `t.${quote(column.name)} = ${keyValue(column, 'g')}`)
      .join(' and ')} when matched and g % 3 = 0 then delete when matched then update set ${sets.join(', ')} ` +
      `when not matched then insert ${columnList(table)} values (${rowValues(draw, table, 'g').join(', ')})`,
  ];
};
