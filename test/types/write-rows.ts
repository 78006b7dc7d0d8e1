import type pg from 'pg';
import { copyIn } from './copy-text.ts';
import type { PlannedColumn, TablePlan } from './table-plan.ts';
import type { Written } from './type-case.ts';

/** Where the rows of one way of writing begin. */
export const WAYS = { before: 0, inserted: 100_000, copied: 200_000, mixed: 300_000 } as const;

export async function createTables(client: pg.Client, plans: readonly TablePlan[]): Promise<void> {
  for (const { name, setup, columns } of plans) {
    for (const statement of setup) await client.query(statement);
    const declared = columns.map((column) => `${column.name} ${column.declared}`);
    await client.query(`create table public.${name} (id int primary key, ${declared.join(', ')})`);
  }
}

function valueAt({ values }: PlannedColumn, index: number): Written {
  return values[index % values.length] ?? null;
}

/**
 * What goes into the statement for each value: a parameter, whose type is the column's, or the
 * expression itself.
 */
function bind(values: readonly Written[]): { places: string[]; parameters: (string | null)[] } {
  const parameters: (string | null)[] = [];
  const places = values.map((value) => {
    if (value !== null && typeof value === 'object') return value.sql;
    parameters.push(value);
    return `$${parameters.length}`;
  });
  return { places, parameters };
}

/** One INSERT per row, ids from `start` on. Row i has the i-th value of each column. */
export async function insertRows(client: pg.Client, plan: TablePlan, start: number): Promise<void> {
  for (let i = 0; i < plan.rows; i += 1) {
    const { places, parameters } = bind(plan.columns.map((column) => valueAt(column, i)));
    await client.query(`insert into public.${plan.name} values (${[start + i, ...places].join(', ')})`, parameters);
  }
}

/**
 * One UPDATE per row from `start` on: whole rows with an even number, of the others every third
 * column, so that the rest is left alone. Each column takes the value that is `shift` further.
 */
export async function updateRows(client: pg.Client, plan: TablePlan, { start, shift }: { start: number; shift: number }): Promise<void> {
  for (let i = 0; i < plan.rows; i += 1) {
    const columns = plan.columns.filter((_, n) => i % 2 === 0 || (n + i) % 3 === 0);
    const { places, parameters } = bind(columns.map((column) => valueAt(column, i + shift)));
    const sets = columns.map(({ name }, n) => `${name} = ${places[n]}`).join(', ');
    if (columns.length > 0) await client.query(`update public.${plan.name} set ${sets} where id = ${start + i}`, parameters);
  }
}

/** All rows by one COPY. An expression cannot be copied in: NULL. */
export async function copyRows(client: pg.Client, plan: TablePlan, start: number): Promise<void> {
  const rows = Array.from({ length: plan.rows }, (_, i) => [
    String(start + i),
    ...plan.columns.map((column) => valueAt(column, i)).map((value) => (typeof value === 'string' ? value : null)),
  ]);
  await copyIn(client, `public.${plan.name}`, rows);
}

/** Every table in one transaction: copied, changed, partly deleted and written again. */
export async function oneTransaction(client: pg.Client, plans: readonly TablePlan[]): Promise<void> {
  await client.query('begin');
  for (const plan of plans) await copyRows(client, plan, WAYS.mixed);
  for (const plan of plans) await updateRows(client, plan, { start: WAYS.mixed, shift: 1 });
  for (const { name } of plans) await client.query(`delete from public.${name} where id >= ${WAYS.mixed} and id % 5 = 0`);
  for (const { name, columns } of plans) {
    const names = columns.map((column) => column.name).join(', ');
    await client.query(
      `insert into public.${name} (id, ${names}) select id + ${WAYS.mixed}, ${names} from public.${name} where id < ${WAYS.inserted} and id % 5 = 0`,
    );
  }
  await client.query('commit');
}
