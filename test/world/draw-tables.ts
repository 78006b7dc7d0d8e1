import { insertRows, insertSeries } from './draw-rows.ts';
import { createTable, freshTable } from './draw-table.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { type Column, type Table, nameOf, quote } from './model.ts';
import { isSieved } from './sieved.ts';

/** A new table, at times with rows at once. */
export function newTable(draw: SessionDraw): string[] {
  const before = new Set(draw.model.all().map(({ id }) => id));
  const made = createTable(draw);
  const table = draw.model.all().find(({ id }) => !before.has(id));
  return table === undefined || draw.random.chance(0.3) ? made : [...made, ...insertSeries(draw, table)];
}

function dropped(draw: SessionDraw, table: Table): string {
  draw.model.put(draw.session, table.id, null);
  for (const child of draw.model.children(table.id)) draw.model.put(draw.session, child.id, null);
  return `drop table ${nameOf(table)} cascade`;
}

export const dropTable: TableDraw = (draw, table) => (draw.model.all().length < 3 ? [] : [dropped(draw, table)]);

/** Another table under the same name, with the same shape or not. */
export const dropAndCreate: TableDraw = (draw, table) => {
  if (table.leaves !== null || draw.model.children(table.id).length > 0 || table.parent !== null || isSieved(table)) return [];
  if (draw.random.chance(0.5)) {
    const id = draw.model.number();
    const other = draw.model.fresh(`t${id}`);
    const like = `create table ${nameOf({ ...table, name: other })} (like ${nameOf(table)} including all)`;
    draw.model.put(draw.session, table.id, null);
    draw.model.put(draw.session, id, { ...table, id, identity: 'default', unique: null, constraint: null, unlogged: false });
    const rename = `alter table ${nameOf({ ...table, name: other })} rename to ${quote(table.name)}`;
    const fill =
      draw.random.chance(0.5) && table.columns.every(({ generated }) => !generated)
        ? [`insert into ${nameOf({ ...table, name: other })} select * from ${nameOf(table)}`]
        : [];
    return [like, ...fill, `drop table ${nameOf(table)} cascade`, rename];
  }
  const drop = dropped(draw, table);
  const made = createTable(draw);
  const created = draw.model.all().at(-1);
  if (created === undefined || created.schema !== table.schema) return [drop, ...made];
  draw.model.put(draw.session, created.id, { ...created, name: table.name });
  return [
    drop,
    ...made,
    `alter table ${nameOf(created)} rename to ${quote(table.name)}`,
    ...insertRows(draw, { ...created, name: table.name }),
  ];
};

/** A child by inheritance, with a column more and the same key. */
export const inherit: TableDraw = (draw, table) => {
  if (
    table.leaves !== null ||
    table.parent !== null ||
    table.key.length === 0 ||
    table.unlogged ||
    table.deferrable ||
    table.keepsIdentity ||
    table.identity === 'index'
  )
    return [];
  const extra: Column = { name: draw.model.fresh(`x${draw.model.number()}`), kind: 'int', generated: false };
  const id = draw.model.number();
  const constraint = draw.model.fresh(`k${id}`);
  const child: Table = {
    ...table,
    id,
    name: freshTable(draw),
    columns: [...table.columns, extra],
    identity: 'default',
    unique: null,
    parent: table.id,
    constraint,
  };
  draw.model.put(draw.session, id, child);
  draw.model.put(draw.session, table.id, table);
  return [
    `create table ${nameOf(child)} (${quote(extra.name)} int, constraint ${quote(constraint)} primary key (${table.key.map(quote).join(', ')})) inherits (${nameOf(table)})`,
  ];
};

/** Rows of an unlogged table are in no stream; logged, it is a table as any other. */
export const changeLogging: TableDraw = (draw, table) => {
  if (table.leaves !== null || table.keepsIdentity) return [];
  draw.model.put(draw.session, table.id, { ...table, unlogged: !table.unlogged });
  const change = `alter table ${nameOf(table)} set ${table.unlogged ? 'logged' : 'unlogged'}`;
  return table.unlogged ? [...insertRows(draw, table), change, ...insertRows(draw, table)] : [change];
};

/** A table out of a query: without key, so it is append-only. */
export function createTableAs(draw: SessionDraw): string[] {
  const id = draw.model.number();
  const columns: Column[] = [
    { name: 'n', kind: 'int', generated: false },
    { name: 'body', kind: 'longText', generated: false },
  ];
  const table: Table = {
    id,
    schema: 'public',
    name: freshTable(draw),
    columns,
    key: [],
    deferrable: false,
    identity: 'default',
    unique: null,
    leaves: null,
    by: 'range',
    parent: null,
    unlogged: false,
    constraint: null,
  };
  draw.model.put(draw.session, id, table);
  return [
    `create table ${nameOf(table)} as select g as n, repeat('z', g * 100) as body from generate_series(1, ${draw.random.between(0, 50)}) g`,
  ];
}

/** New files, the same rows; only what may be inside a transaction if one is open. */
export const rewrite: TableDraw = (draw, table) => {
  const cluster = table.constraint === null || table.key.length === 0 ? [] : [`cluster ${nameOf(table)} using ${quote(table.constraint)}`];
  const outside = draw.inside
    ? []
    : [`vacuum full ${nameOf(table)}`, `vacuum (freeze) ${nameOf(table)}`, ...(table.leaves === null ? cluster : [])];
  const inside = table.leaves === null ? [`reindex table ${nameOf(table)}`, ...cluster] : [];
  const choices = [...outside, ...inside, `analyze ${nameOf(table)}`, `comment on table ${nameOf(table)} is 'seen'`];
  draw.model.put(draw.session, table.id, table);
  return [draw.random.pick(choices)];
};
