import type { TableDraw } from './draw.ts';
import { kindOf } from './kinds.ts';
import { type Table, hasIdentity, nameOf, quote } from './model.ts';

/** Tables that rows may point at: by a key of one column. */
function mayBeReferenced(table: Table): boolean {
  return table.key.length === 1 && table.leaves === null && table.parent === null && !table.deferrable && !table.unlogged;
}

/**
 * A column that points at the keys of another table (or of its own), and rows that do: what befalls
 * those keys befalls these rows, by triggers, in the same transaction.
 */
export const addReference: TableDraw = (draw, table) => {
  if (!hasIdentity(table) || table.unlogged || table.parent !== null || draw.model.children(table.id).length > 0) return [];
  const parents = draw.model.alterable(draw.session).filter(mayBeReferenced);
  if (parents.length === 0) return [];
  const { random } = draw;
  const parent = random.pick(parents);
  const key = parent.columns.find(({ name }) => name === parent.key[0]);
  if (key === undefined) return [];
  draw.model.put(draw.session, parent.id, parent);
  draw.model.put(draw.session, table.id, { ...table, keepsIdentity: true });
  const name = quote(draw.model.fresh(`r${draw.model.number()}`));
  const onDelete = random.pick(['cascade', 'set null', 'set default', 'cascade deferrable initially deferred']);
  const one = `(select ${quote(key.name)} from only ${nameOf(parent)} order by 1 limit 1 offset ${random.between(0, 3)})`;
  return [
    `alter table ${nameOf(table)} add column ${name} ${kindOf(key.kind).sql} references ${nameOf(parent)} on update cascade on delete ${onDelete}`,
    `update ${nameOf(table)} set ${name} = ${one}`,
  ];
};
