import { insertRows } from './draw-rows.ts';
import { bounds, leafSql, newLeaf } from './draw-table.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { kindOf } from './kinds.ts';
import { type Leaf, type Table, keyValue, nameOf, quote } from './model.ts';

function withoutLeaf(draw: SessionDraw, table: Table, gone: Leaf): void {
  draw.model.put(draw.session, table.id, { ...table, leaves: (table.leaves ?? []).filter((leaf) => leaf !== gone) });
}

function onLeaf(make: (draw: SessionDraw, table: Table, leaf: Leaf) => string[]): TableDraw {
  return (draw, table) => (table.leaves === null || table.leaves.length === 0 ? [] : make(draw, table, draw.random.pick(table.leaves)));
}

export const truncateLeaf = onLeaf((draw, table, leaf) => {
  const truncate = `truncate ${nameOf(leaf)}`;
  return draw.random.chance(0.4) ? [truncate, ...insertRows(draw, table)] : [truncate];
});

export const dropLeaf = onLeaf((draw, table, leaf) => {
  withoutLeaf(draw, table, leaf);
  return [`drop table ${nameOf(leaf)}`];
});

/** The partition is a table of its own then, with rows and key. */
export const detachLeaf = onLeaf((draw, table, leaf) => {
  if (leaf.nested) return [];
  withoutLeaf(draw, table, leaf);
  const detach = `alter table ${nameOf(table)} detach partition ${nameOf(leaf)}`;
  if (draw.random.chance(0.3)) {
    draw.model.put(draw.session, table.id, table);
    return [detach, ...(draw.random.chance(0.5) ? insertRows(draw, table) : []), attach(table, leaf)];
  }
  const id = draw.model.number();
  draw.model.put(draw.session, id, { ...table, id, schema: leaf.schema, name: leaf.name, leaves: null, constraint: null });
  return [detach];
});

function attach(table: Table, leaf: Leaf): string {
  return `alter table ${nameOf(table)} attach partition ${nameOf(leaf)} ${bounds(table, leaf)}`;
}

export const addLeaf: TableDraw = (draw, table) => {
  if (table.leaves === null) return [];
  const taken = table.leaves.flatMap(({ takes }) => (takes === null ? [] : [takes]));
  const free = [0, 10, 20, 60, 100, 200, 1000, 3000].filter((from) => taken.every((other) => other.from > from || other.to <= from));
  const [from] = free.length === 0 ? [] : [draw.random.pick(free)];
  if (from === undefined) return [];
  const leaf = newLeaf(draw, table, { from, to: from + 10 });
  draw.model.put(draw.session, table.id, { ...table, leaves: [...table.leaves, leaf] });
  if (draw.random.chance(0.5)) return leafSql(table, leaf);
  return attachNew(draw, table, { ...leaf, nested: false });
};

/** A table made by itself, its columns in another order, with rows, becomes a partition. */
function attachNew(draw: SessionDraw, table: Table, leaf: Leaf): string[] {
  draw.model.put(draw.session, table.id, { ...table, leaves: [...(table.leaves ?? []), leaf] });
  const plain = table.columns.filter(({ generated }) => !generated);
  if (plain.length < table.columns.length) return leafSql(table, leaf);
  const columns = plain.toReversed();
  const definitions = columns.map(({ name, kind }) => `${quote(name)} ${kindOf(kind).sql}${table.key.includes(name) ? ' not null' : ''}`);
  const keys = plain.filter(({ name }) => table.key.includes(name));
  const values = keys.map((column) => keyValue(column, 'g'));
  const from = leaf.takes?.from ?? 0;
  return [
    `create table ${nameOf(leaf)} (${definitions.join(', ')}, primary key (${table.key.map(quote).join(', ')}))`,
    `insert into ${nameOf(leaf)} (${keys.map(({ name }) => quote(name)).join(', ')}) select ${values.join(', ')} from generate_series(${from}, ${from + 4}) g`,
    attach(table, leaf),
  ];
}
