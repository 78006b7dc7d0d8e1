import type { SessionDraw, TableDraw } from './draw.ts';
import { COMMON_ROWS, dataValue } from './draw-rows.ts';
import { type Column, type Table, addressOf, dataOf, hasIdentity, keyValue, nameOf, quote, rowIs } from './model.ts';

/** A row number that no insert uses. */
const ELSEWHERE = 9000;

/** The columns by which the warehouse will tell rows apart, if they can be given other values. */
function keyColumns(table: Table): Column[] {
  if (!hasIdentity(table)) return [];
  if (table.identity === 'index') return table.columns.filter(({ name }) => name === table.unique?.column);
  return addressOf(table);
}

function move(draw: SessionDraw, table: Table, from: number, to: number): string {
  const sets = keyColumns(table).map((column) => `${quote(column.name)} = ${keyValue(column, to)}`);
  const [also] = draw.random.chance(0.3) ? draw.random.some(dataOf(table)) : [];
  if (also !== undefined) sets.push(`${quote(also.name)} = ${dataValue(draw, also)}`);
  const where =
    table.identity === 'index'
      ? keyColumns(table).map((column) => `${quote(column.name)} = ${keyValue(column, from)}`)
      : [rowIs(table, from)];
  const free = keyColumns(table).map((column) => `o.${quote(column.name)} = ${keyValue(column, to)}`);
  return `update ${nameOf(table)} set ${sets.join(', ')} where ${where.join(' and ')} and not exists (select from ${nameOf(table)} o where ${free.join(' and ')})`;
}

function rows(draw: SessionDraw, count: number): number[] {
  const first = draw.random.between(0, COMMON_ROWS);
  const step = draw.random.between(1, 5);
  return Array.from({ length: count }, (_, index) => (first + index * step) % (COMMON_ROWS + 7));
}

function guard(draw: TableDraw): TableDraw {
  return (session, table) => (keyColumns(table).length === 0 ? [] : draw(session, table));
}

/** One row gets another key, free or not. */
export const moveKey = guard((draw, table) => {
  const [from = 0, to = 1] = rows(draw, 2);
  return [move(draw, table, from, draw.random.chance(0.5) ? to : draw.random.between(40, 80))];
});

/** Two rows exchange their keys by way of a third value. */
export const swapKeys = guard((draw, table) => {
  const [one = 0, other = 1] = rows(draw, 2);
  return [move(draw, table, one, ELSEWHERE), move(draw, table, other, one), move(draw, table, ELSEWHERE, other)];
});

/** Every row takes the key of the next, the last that of the first. */
export const rotateKeys = guard((draw, table) => {
  const ring = rows(draw, draw.random.between(3, 5));
  const [first = 0] = ring;
  const moves = ring.slice(1).map((next, index) => move(draw, table, next, ring[index] ?? 0));
  return [move(draw, table, first, ELSEWHERE), ...moves, move(draw, table, ELSEWHERE, ring.at(-1) ?? 0)];
});

/** A row goes into a key that was deleted just before. */
export const moveIntoDeleted = guard((draw, table) => {
  const [one = 0, other = 1] = rows(draw, 2);
  return [`delete from ${nameOf(table)} where ${rowIs(table, other)}`, move(draw, table, one, other)];
});

/** Many keys at once, there and maybe back. */
export const shiftKeys = guard((draw, table) => {
  const [first] = keyColumns(table);
  if (first === undefined || !['smallint', 'int', 'bigint', 'decimal', 'numeric', 'decimal14', 'decimal4'].includes(first.kind)) return [];
  const name = quote(first.name);
  const there = `update ${nameOf(table)} set ${name} = ${name} + 3000 where ${name} between ${keyValue(first, 0)} and ${keyValue(first, draw.random.between(5, 20))}`;
  const back = `update ${nameOf(table)} set ${name} = ${name} - 3000 where ${name} between 3000 + ${keyValue(first, 0)} and 3000 + ${keyValue(first, 20)}`;
  return draw.random.chance(0.5) ? [there, back] : [there];
});

/** One column of a key of several. */
export const movePartly = guard((draw, table) => {
  const columns = keyColumns(table);
  if (columns.length < 2) return [];
  const [from = 0, to = 1] = rows(draw, 2);
  const changed = draw.random.pick(columns);
  return [`update ${nameOf(table)} set ${quote(changed.name)} = ${keyValue(changed, to)} where ${rowIs(table, from)}`];
});
