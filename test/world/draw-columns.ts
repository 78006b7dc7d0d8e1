import { dataValue, insertRows, updateRows } from './draw-rows.ts';
import { dataColumn, freshColumn } from './draw-column.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { DATA_KINDS, type KindName, kindOf } from './kinds.ts';
import { type Column, type Table, dataOf, nameOf, quote } from './model.ts';
import { isRuled } from './ruled.ts';
import { SIEVE } from './sieved.ts';

/**
 * Columns that may go or change: none that a key, a partition, a child or a generated column needs.
 */
function freeColumns(draw: SessionDraw, table: Table): Column[] {
  if (table.parent !== null || draw.model.children(table.id).length > 0) return [];
  const generated = table.columns.some((column) => column.generated);
  return dataOf(table).filter(({ name, kind }) => name !== SIEVE && (!generated || (kind !== 'int' && kind !== 'text')));
}

function put(draw: SessionDraw, table: Table, columns: readonly Column[]): void {
  draw.model.put(draw.session, table.id, { ...table, columns });
}

/** A default: none, one value, or another one for each row, which rewrites the table. */
function drawDefault(draw: SessionDraw, column: Column): string {
  const value = draw.random.weighted([
    [4, () => ''],
    [4, () => kindOf(column.kind).data(draw.random)],
    [1, () => (column.kind === 'int' ? '(random() * 100)::int' : column.kind === 'text' ? 'clock_timestamp()::text' : '')],
  ])();
  return value === '' || value.includes('select') ? '' : ` default ${value}`;
}

function definition(draw: SessionDraw, column: Column): string {
  return `${quote(column.name)} ${kindOf(column.kind).sql}${drawDefault(draw, column)}`;
}

export const addColumn: TableDraw = (draw, table) => {
  if (table.parent !== null) return [];
  const taken = [table, ...draw.model.children(table.id)].flatMap(({ columns }) => columns);
  const column = dataColumn(draw, DATA_KINDS, taken);
  put(draw, table, [...table.columns, column]);
  for (const child of draw.model.children(table.id)) put(draw, child, [...child.columns, column]);
  const add = `alter table ${nameOf(table)} add column ${definition(draw, column)}`;
  const later = draw.random.pick([
    [],
    [`alter table ${nameOf(table)} alter column ${quote(column.name)} drop default`],
    [`alter table ${nameOf(table)} alter column ${quote(column.name)} set default ${kindOf(column.kind).data(draw.random)}`],
    updateRows(draw, draw.model.get(table.id) ?? table),
    insertRows(draw, draw.model.get(table.id) ?? table),
  ]);
  return [add, ...later.filter((sql) => !sql.includes('default (select'))];
};

export const dropColumn: TableDraw = (draw, table) => {
  const free = freeColumns(draw, table);
  if (free.length === 0) return [];
  const gone = draw.random.pick(free);
  put(
    draw,
    table,
    table.columns.filter((column) => column !== gone),
  );
  return [`alter table ${nameOf(table)} drop column ${quote(gone.name)}`];
};

/** One name, another column, with the same type or not, in one command, one transaction or two. */
export const dropAndAdd: TableDraw = (draw, table) => {
  const free = freeColumns(draw, table);
  if (free.length === 0) return [];
  const { random } = draw;
  const gone = random.chance(0.5) ? (free.at(-1) ?? random.pick(free)) : random.pick(free);
  const added: Column = { ...gone, kind: random.chance(0.6) || isRuled(gone) ? gone.kind : random.pick(DATA_KINDS) };
  const drop = `drop column ${quote(gone.name)}`;
  const add = `add column ${definition(draw, added)}`;
  const rest = table.columns.filter((column) => column !== gone);
  if (random.chance(0.4)) {
    put(draw, table, [...rest, added]);
    return [`alter table ${nameOf(table)} ${drop}, ${add}`];
  }
  put(draw, table, rest);
  const between = random.chance(0.5) ? random.pick([insertRows, updateRows])(draw, draw.model.get(table.id) ?? table) : [];
  put(draw, table, [...rest, added]);
  const after = random.chance(0.5) ? random.pick([insertRows, updateRows])(draw, draw.model.get(table.id) ?? table) : [];
  return [`alter table ${nameOf(table)} ${drop}`, ...between, `alter table ${nameOf(table)} ${add}`, ...after];
};

function renamed(table: Table, from: string, to: string): Table {
  return {
    ...table,
    columns: table.columns.map((column) => (column.name === from ? { ...column, name: to } : column)),
    key: table.key.map((name) => (name === from ? to : name)),
    unique: table.unique?.column === from ? { ...table.unique, column: to } : table.unique,
  };
}

/** Any column may have another name, those of the key too; children follow. */
export const renameColumn: TableDraw = (draw, table) => {
  const columns = table.columns.filter((column) => !isRuled(column));
  if (columns.length === 0 || table.parent !== null) return [];
  const { name } = draw.random.pick(columns);
  const to = freshColumn(draw);
  for (const each of [table, ...draw.model.children(table.id)]) draw.model.put(draw.session, each.id, renamed(each, name, to));
  return [`alter table ${nameOf(table)} rename column ${quote(name)} to ${quote(to)}`];
};

/** Two columns exchange their names. */
export const swapColumnNames: TableDraw = (draw, table) => {
  const data = dataOf(table).filter((column) => !isRuled(column));
  if (data.length < 2 || table.parent !== null || draw.model.children(table.id).length > 0) return [];
  const one = draw.random.pick(data);
  const same = data.filter((column) => column !== one && column.kind === one.kind);
  const other = draw.random.pick(same.length > 0 ? same : data.filter((column) => column !== one));
  const swapped = renamed(renamed(renamed(table, one.name, '…'), other.name, one.name), '…', other.name);
  draw.model.put(draw.session, table.id, swapped);
  const rename = (from: string, to: string): string => `alter table ${nameOf(table)} rename column ${quote(from)} to ${quote(to)}`;
  return [rename(one.name, '…'), rename(other.name, one.name), rename('…', other.name)];
};

/** Another type, by a cast or an expression, or the same type with other values. */
export const changeType: TableDraw = (draw, table) => {
  const candidates = [...freeColumns(draw, table), ...keyThatMayChange(draw, table)].filter(({ kind }) => kindOf(kind).becomes.length > 0);
  if (candidates.length === 0) return [];
  const column = draw.random.pick(candidates);
  const next = draw.random.pick(kindOf(column.kind).becomes);
  put(
    draw,
    table,
    table.columns.map((each) => (each === column ? { ...each, kind: next.kind as KindName } : each)),
  );
  const name = quote(column.name);
  const using = next.using === undefined ? '' : ` using ${next.using(name)}`;
  const change = `alter table ${nameOf(table)} alter column ${name} type ${kindOf(next.kind as KindName).sql}${using}`;
  return draw.random.chance(0.3) ? [...updateRows(draw, table), change] : [change];
};

/** A key only becomes a wider number: its values stay. */
function keyThatMayChange(draw: SessionDraw, table: Table): Column[] {
  if (
    table.leaves !== null ||
    table.parent !== null ||
    draw.model.children(table.id).length > 0 ||
    table.columns.some(({ generated }) => generated)
  )
    return [];
  return table.columns.filter(
    ({ name, kind }) => table.key.includes(name) && (kind === 'smallint' || kind === 'varchar' || kind === 'decimal'),
  );
}

/** Sets a value by a default that goes again. */
export const setStorage: TableDraw = (draw, table) => {
  const wide = dataOf(table).filter(({ kind }) => kindOf(kind).wide);
  if (wide.length === 0) return [];
  const column = draw.random.pick(wide);
  const storage = draw.random.pick(['plain', 'main', 'extended', 'external']);
  return [
    `alter table ${nameOf(table)} alter column ${quote(column.name)} set storage ${storage}`,
    `update ${nameOf(table)} set ${quote(column.name)} = ${dataValue(draw, column)} where false`,
  ];
};
