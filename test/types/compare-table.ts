import { type Ends, askRows } from './ask-warehouse.ts';
import { type Cells, copyOut, shown } from './copy-text.ts';
import type { TablePlan } from './table-plan.ts';
import { withoutTrailingZeros } from './documented.ts';
import { promisesOf } from './documented-columns.ts';

/** What was compared, and every cell that was not the same. */
export interface Compared {
  readonly cells: number;
  readonly differences: string[];
}

/**
 * Every value of a table as Postgres prints it, against what the warehouse gives back for it by
 * SQL.
 */
export async function compareTable({ client, endpoint }: Ends, plan: TablePlan): Promise<Compared> {
  const names = plan.columns.map(({ name }) => name);
  const promised = (await promisesOf({ client, endpoint }, plan.name)).slice(1);
  const expected = byId(await copyOut(client, `select id, ${names.join(', ')} from public.${plan.name}`));
  const fields = promised.map(({ sql }, i) => `${sql}, mapContains(t._tr_exact, '${names[i]}')`);
  const found = byId(await askRows(endpoint, `select id, ${fields.join(', ')} from public.${plan.name}__exact as t`));
  const differences = [...expected.keys()].filter((id) => !found.has(id)).map((id) => `${plan.name} ${id}: not in the warehouse`);
  differences.push(...[...found.keys()].filter((id) => !expected.has(id)).map((id) => `${plan.name} ${id}: only in the warehouse`));
  for (const [id, cells] of expected) {
    plan.columns.forEach(({ says, name }, i) => {
      const [given, kept] = found.get(id)?.slice(i * 2, i * 2 + 2) ?? [];
      const where = `${plan.name} ${id} ${name}, ${says}`;
      const raw = cells[i] ?? null;
      const wanted = raw !== null && promised[i]?.trimmed === true && kept !== '1' ? withoutTrailingZeros(raw) : raw;
      const [theirs, ours] = [shown(wanted), shown(given)];
      if (found.has(id) && given !== wanted) differences.push(`${where}: Postgres has ${theirs}, the warehouse gives ${ours}`);
      if (kept === '1' && promised[i]?.holdsAll === true)
        differences.push(`${where}: ${theirs} is kept beside a column that holds all values`);
    });
  }
  return { cells: expected.size * names.length, differences };
}

function byId(rows: Cells[]): Map<string, Cells> {
  const found = new Map(rows.map(([id, ...cells]) => [String(id), cells]));
  if (found.size !== rows.length) throw new Error('there are two rows of one id');
  return found;
}
