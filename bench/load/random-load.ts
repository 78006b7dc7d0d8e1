import type { Client } from 'pg';
import { SHAPES, type ShapeName } from '../shapes/shapes.ts';
import { pacedChanges } from './paced-changes.ts';

/**
 * Changes rows of a table at a fixed rate, picked anywhere: 20 of 100 rows are inserted, 60
 * updated, 20 deleted. Arguments: URL, changes per second, table, its shape, rows that it has.
 */
const [url = '', rate = '', table = '', shapeName = '', rowText = ''] = process.argv.slice(2);
const shape = SHAPES[shapeName as ShapeName];
let last = Number(rowText);
const anyKeys = (count: string): string =>
  `${shape.key} in (select ${shape.keyOf('n')} from (select 1 + floor(random() * $1::bigint)::bigint as n from generate_series(1, ${count}::bigint)) as picked)`;
await pacedChanges(url, Number(rate), change);

async function change(client: Client, rows: number): Promise<number> {
  const inserted = Math.max(1, Math.round(rows * 0.2));
  const { rows: counts } = await client.query<{ count: number }>({
    name: 'change',
    text: `
      with deleted as (delete from ${table} where ${anyKeys('$2')} returning 1),
      inserted as (insert into ${table} select ${shape.values('g')} from generate_series($1::bigint + 1, $1::bigint + $2::bigint) g returning 1),
      updated as (update ${table} set ${shape.update} where ${anyKeys('$3')} returning 1)
      select ((select count(*) from deleted) + (select count(*) from inserted) + (select count(*) from updated))::int as count`,
    values: [last, inserted, Math.round(rows * 0.6)].map(BigInt).map(String),
  });
  last += inserted;
  return counts[0]?.count ?? 0;
}
