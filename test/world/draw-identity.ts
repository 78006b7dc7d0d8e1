import { identitySql } from './draw-table.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { type Column, type Table, nameOf, quote } from './model.ts';

function isLeafless(draw: SessionDraw, table: Table): boolean {
  return !table.keepsIdentity && table.leaves === null && table.parent === null && draw.model.children(table.id).length === 0;
}

/** Without its key a table is append-only, unless its identity is FULL. */
export const dropPrimaryKey: TableDraw = (draw, table) => {
  if (table.key.length === 0 || table.constraint === null || !isLeafless(draw, table)) return [];
  draw.model.put(draw.session, table.id, { ...table, key: [], constraint: null, deferrable: false });
  return [`alter table ${nameOf(table)} drop constraint ${quote(table.constraint)}`];
};

/** A key that is surely unique: a column that counts. */
export const addPrimaryKey: TableDraw = (draw, table) => {
  if (table.key.length > 0 || !isLeafless(draw, table)) return [];
  const column: Column = { name: draw.model.fresh(`id${draw.model.number()}`), kind: 'bigint', generated: false };
  const constraint = draw.model.fresh(`k${draw.model.number()}`);
  draw.model.put(draw.session, table.id, { ...table, columns: [...table.columns, column], key: [column.name], constraint });
  const name = quote(column.name);
  return draw.random.pick([
    [`alter table ${nameOf(table)} add column ${name} bigserial constraint ${quote(constraint)} primary key`],
    [
      `alter table ${nameOf(table)} add column ${name} bigserial`,
      `alter table ${nameOf(table)} add constraint ${quote(constraint)} primary key (${name})`,
    ],
  ]);
};

/** The same columns in another order, or deferrable, or not any more: also in one command. */
export const changePrimaryKey: TableDraw = (draw, table) => {
  if (table.key.length === 0 || table.constraint === null || !isLeafless(draw, table)) return [];
  const constraint = draw.model.fresh(`k${draw.model.number()}`);
  const key = table.key.toReversed();
  const deferrable = draw.random.chance(0.3);
  draw.model.put(draw.session, table.id, { ...table, key, constraint, deferrable });
  const drop = `drop constraint ${quote(table.constraint)}`;
  const add = `add constraint ${quote(constraint)} primary key (${key.map(quote).join(', ')})${deferrable ? ' deferrable' : ''}`;
  const alter = `alter table ${nameOf(table)}`;
  return draw.random.pick([[`${alter} ${drop}, ${add}`], [`${alter} ${drop}`, `${alter} ${add}`]]);
};

export const changeIdentity: TableDraw = (draw, table) => {
  if (table.leaves !== null || table.keepsIdentity) return [];
  const choices = (['default', 'full', 'nothing', 'index'] as const).filter((identity) => identity !== table.identity);
  const identity = draw.random.pick(choices.filter((choice) => choice !== 'index' || table.unique !== null));
  const after: Table = { ...table, identity };
  draw.model.put(draw.session, table.id, after);
  return [identitySql(after)];
};

/** The index that tells rows apart goes; nothing does then. */
export const dropIdentityIndex: TableDraw = (draw, table) => {
  if (table.unique === null || table.leaves !== null || table.keepsIdentity) return [];
  draw.model.put(draw.session, table.id, { ...table, unique: null });
  return [`drop index ${quote(table.schema)}.${quote(table.unique.index)}`];
};
