import { freshTable } from './draw-table.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { type Table, nameOf, quote } from './model.ts';
import { isSieved, sievedName } from './sieved.ts';

export const renameTable: TableDraw = (draw, table) => {
  // Out of its filter's reach it would be held back until somebody names it there, by contract.
  const name = isSieved(table) ? sievedName(draw.model.number()) : freshTable(draw);
  draw.model.put(draw.session, table.id, { ...table, name });
  return [`alter table ${nameOf(table)} rename to ${quote(name)}`];
};

/** Two tables exchange their names, as after a copy of one into the other. */
export const swapTableNames: TableDraw = (draw, table) => {
  const others = draw.model
    .alterable(draw.session)
    .filter((other) => other.id !== table.id && other.schema === table.schema && isSieved(other) === isSieved(table));
  if (others.length === 0) return [];
  const other = draw.random.pick(others);
  draw.model.put(draw.session, table.id, { ...table, name: other.name });
  draw.model.put(draw.session, other.id, { ...other, name: table.name });
  const rename = (from: string, to: string): string => `alter table ${nameOf({ schema: table.schema, name: from })} rename to ${quote(to)}`;
  return [rename(table.name, '…'), rename(other.name, table.name), rename('…', other.name)];
};

export const setSchema: TableDraw = (draw, table) => {
  const schema = draw.random.pick(draw.model.schemas());
  if (schema === table.schema) return [];
  draw.model.put(draw.session, table.id, { ...table, schema });
  return [`alter table ${nameOf(table)} set schema ${quote(schema)}`];
};

/** All tables of a schema have another name then, partitions too. */
export function renameSchema(draw: SessionDraw): string[] {
  const { model, session, random } = draw;
  const tables = model.all().filter((table) => table.schema !== 'public' || table.leaves?.some(({ schema }) => schema !== 'public'));
  const schemas = model.schemas().filter((schema) => schema !== 'public');
  const alterable = new Set(model.alterable(session).map(({ id }) => id));
  if (schemas.length === 0 || tables.some(({ id }) => !alterable.has(id))) return [];
  const from = random.pick(schemas);
  const to = model.fresh(random.pick(['Ünï', 'default', 'information', `s${model.number()}`]));
  for (const table of tables) model.put(session, table.id, inSchema(table, from, to));
  return [`alter schema ${quote(from)} rename to ${quote(to)}`];
}

function inSchema(table: Table, from: string, to: string): Table {
  const moved = (schema: string): string => (schema === from ? to : schema);
  return {
    ...table,
    schema: moved(table.schema),
    leaves: table.leaves?.map((leaf) => ({ ...leaf, schema: moved(leaf.schema) })) ?? null,
  };
}
