import type { Client } from 'pg';
import { BENCH_TABLE } from './proof.ts';

const MIXED_TABLE = `${BENCH_TABLE.replace('table bench', 'table mixed').replace(/\)$/, '')}, doc text)`;

/**
 * Out of line and as it is: what an application's documents cost, without what compressing them
 * costs the server.
 */
const STORAGE = 'alter table mixed alter column doc set storage external';

const DOC = `case when %n % 10 = 0 then repeat(md5(%n::text), 125) end`;

/** Rows of the table before anything changes; a tenth have a document of 4,000 bytes. */
const BASE = `
  insert into mixed select g, g % 1000, g / 100.0, md5(g::text), timestamptz '2026-01-01' + g * interval '1 second', ${DOC.replaceAll('%n', 'g')}
  from generate_series(1, %rows) g`;

/**
 * Changes in transactions of 1 to 5 statements of one row each: 20 of 100 insert, 60 update, 20
 * delete. One update in twenty changes the key and one in twenty the document; the rest leave
 * documents alone, which are then not in the WAL. `changed` counts rows, not statements: a
 * row that was deleted before cannot be found.
 */
const CHURN = `
  create procedure churn(rows bigint, changes bigint, inout changed bigint) language plpgsql as $$
  declare
    next bigint := rows; id_ bigint; dice float; touched int;
  begin
    changed := 0;
    while changed < changes loop
      for statement in 1 .. 1 + (random() * 4)::int loop
        dice := random();
        id_ := 1 + (random() * next)::bigint;
        if dice < 0.2 then
          next := next + 1;
          insert into mixed values (next, next % 1000, next / 100.0, md5(next::text), now(), ${DOC.replaceAll('%n', 'next')});
        elsif dice < 0.74 then
          update mixed set k = k + 1, amount = amount + 0.01, at = now() where id = id_;
        elsif dice < 0.77 then
          update mixed set doc = repeat(md5(next::text), 100 + (random() * 50)::int), k = k + 1 where id = id_;
        elsif dice < 0.8 then
          next := next + 1;
          update mixed set id = next, k = k + 1 where id = id_;
        else
          delete from mixed where id = id_;
        end if;
        get diagnostics touched = row_count;
        changed := changed + touched;
      end loop;
      commit;
    end loop;
  end $$`;

/** Makes the table with its first rows and what changes it. */
export async function makeMixed(client: Client, rows: number): Promise<void> {
  for (const sql of [MIXED_TABLE, STORAGE, BASE.replace('%rows', String(rows)), 'analyze mixed', CHURN]) await client.query(sql);
}

/** Changes that many rows, the same ones for the same table; returns how many it were. */
export async function churn(client: Client, rows: number, changes: number): Promise<number> {
  await client.query('select setseed(0.5)');
  const { rows: answer } = await client.query<{ changed: string }>('call churn($1, $2, 0)', [rows, changes]);
  return Number(answer[0]?.changed);
}
