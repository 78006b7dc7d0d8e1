import type { Client } from 'pg';
import { NARROW } from '../shapes/narrow-shape.ts';
import { addRows, makeTable, type Shape } from '../shapes/shape.ts';
import { WIDE, wideValues } from '../shapes/wide-shape.ts';

/** A table whose documents are out of line, and how an update changes one. */
export interface MixedTable {
  readonly name: string;
  readonly shape: Shape;
  /** SQL for the source: sets the document to one that follows from `next` and chance. */
  readonly document: string;
}

const large = (n: string): string => `repeat(md5(${n}::text), 125)`;
const another = 'repeat(md5(next::text), 100 + (random() * 50)::int)';

/** A tenth of the rows have a document of 4,000 bytes. */
export const MIXED: MixedTable = {
  name: 'mixed',
  shape: {
    ...NARROW,
    columns: `${NARROW.columns}, doc text`,
    values: (n) => `${NARROW.values(n)}, case when ${n} % 10 = 0 then ${large(n)} end`,
    sourceText: `${NARROW.sourceText} || '|' || coalesce(doc, '~')`,
    shownText: `concat(${NARROW.shownText}, '|', ifNull(doc, '~'))`,
    plain: `${NARROW.plain}, doc Nullable(String)`,
  },
  document: `doc = ${another}`,
};

/** Twenty columns; a tenth of the documents are large. */
export const MIXED_WIDE: MixedTable = {
  name: 'mixed_wide',
  shape: {
    ...WIDE,
    values: (n) => wideValues(n, `jsonb_build_object('a', ${n}, 'b', case when ${n} % 10 = 0 then ${large(n)} else md5(${n}::text) end)`),
  },
  document: `doc = jsonb_build_object('a', next, 'b', ${another})`,
};

/**
 * Changes in transactions of 1 to 5 statements of one row each: 20 of 100 insert, 60 update, 20
 * delete. One update in twenty changes the key and one in twenty the document; the rest leave
 * documents alone, which are then not in the WAL. `changed` counts rows, not statements: a
 * row that was deleted before cannot be found.
 */
const churnProcedure = ({ name, shape, document }: MixedTable): string => `
  create procedure churn_${name}(rows bigint, changes bigint, inout changed bigint) language plpgsql as $$
  declare
    next bigint := rows; picked bigint; dice float; touched int;
  begin
    changed := 0;
    while changed < changes loop
      for statement in 1 .. 1 + (random() * 4)::int loop
        dice := random();
        picked := 1 + (random() * next)::bigint;
        if dice < 0.2 then
          next := next + 1;
          insert into ${name} select ${shape.values('next')};
        elsif dice < 0.74 then
          update ${name} set ${shape.update} where ${shape.key} = ${shape.keyOf('picked')};
        elsif dice < 0.77 then
          update ${name} set ${document}, ${shape.update} where ${shape.key} = ${shape.keyOf('picked')};
        elsif dice < 0.8 then
          next := next + 1;
          update ${name} set ${shape.key} = ${shape.keyOf('next')}, ${shape.update} where ${shape.key} = ${shape.keyOf('picked')};
        else
          delete from ${name} where ${shape.key} = ${shape.keyOf('picked')};
        end if;
        get diagnostics touched = row_count;
        changed := changed + touched;
      end loop;
      commit;
    end loop;
  end $$`;

/**
 * Makes the table with its first rows and what changes it. Documents are out of line and as they
 * are: what an application's documents cost, without what compressing them costs the server.
 */
export async function makeMixed(client: Client, table: MixedTable, rows: number): Promise<void> {
  await makeTable(client, table.name, table.shape);
  await client.query(`alter table ${table.name} alter column doc set storage external`);
  await addRows(client, table.name, table.shape, { from: 1, to: rows });
  await client.query(`analyze ${table.name}`);
  await makeChurn(client, table);
}

/** Makes what changes a table that is there. */
export async function makeChurn(client: Client, table: MixedTable): Promise<void> {
  await client.query(churnProcedure(table));
}

/** Changes that many rows, the same ones for the same table; returns how many it were. */
export async function churn(client: Client, { name }: MixedTable, rows: number, changes: number): Promise<number> {
  await client.query('select setseed(0.5)');
  const { rows: answer } = await client.query<{ changed: string }>(`call churn_${name}($1, $2, 0)`, [rows, changes]);
  return Number(answer[0]?.changed);
}
