import { insertRows, insertSeries } from './draw-rows.ts';
import type { SessionDraw, TableDraw } from './draw.ts';
import { type Table, nameOf } from './model.ts';

/** TRUNCATE of one table or several, at times with rows before and after in one transaction. */
export const truncate: TableDraw = (draw, table) => {
  const { random } = draw;
  const others = random.chance(0.4) ? draw.model.alterable(draw.session).filter(({ id }) => id !== table.id && random.chance(0.2)) : [];
  const tables = [table, ...others].toSorted((one, other) => one.id - other.id);
  for (const { id } of tables) draw.model.use(draw.session, id);
  const only = random.chance(0.15) && tables.every(({ leaves }) => leaves === null) ? 'only ' : '';
  const options = [random.chance(0.2) ? ' restart identity' : '', random.chance(0.3) ? ' cascade' : ''].join('');
  const sql = `truncate ${tables.map((each) => only + nameOf(each)).join(', ')}${options}`;
  return [...around(draw, table), sql, ...around(draw, table), ...(random.chance(0.1) ? [sql, ...around(draw, table)] : [])];
};

function around(draw: SessionDraw, table: Table): string[] {
  return draw.random.chance(0.5) ? draw.random.pick([insertRows, insertSeries])(draw, table) : [];
}
