import { chosenVersion } from '../support/postgres-version.ts';
import { casesOf, setupOf } from './all-cases.ts';
import { type Compared, compareTable } from './compare-table.ts';
import { type Judge, type Source, together } from './judge.ts';
import { SCALE, chosen } from './scale.ts';
import { planTable } from './table-plan.ts';
import { WAYS, copyRows, createTables, insertRows, oneTransaction, updateRows } from './write-rows.ts';

/**
 * Every type in every way of writing: by INSERT, UPDATE and COPY, one by one and in one transaction
 * over all tables.
 */
export function valuesJudge(): Judge {
  const plans = [...casesOf(chosenVersion())].filter(([name]) => chosen(name)).map(([name, cases]) => planTable(name, cases, SCALE));
  return {
    claim: 'every value of every type is given back as Postgres prints it',
    rounds: 1,
    async prepare({ exact }: Source) {
      for (const statement of setupOf(chosenVersion())) await exact.query(statement);
      await createTables(exact, plans);
      for (const plan of plans) await insertRows(exact, plan, WAYS.before);
    },
    async change({ exact }: Source) {
      for (const plan of plans) {
        await insertRows(exact, plan, WAYS.inserted);
        await updateRows(exact, plan, { start: WAYS.before, shift: 1 });
        await copyRows(exact, plan, WAYS.copied);
      }
      await oneTransaction(exact, plans);
      for (const plan of plans) await updateRows(exact, plan, { start: WAYS.copied, shift: 3 });
    },
    async compare({ exact }: Source, endpoint) {
      const all: Compared[] = [];
      for (const plan of plans) all.push(await compareTable({ client: exact, endpoint }, plan));
      return together(all);
    },
    judged: () => ({
      types: plans.reduce((sum, { columns }) => sum + columns.length, 0),
      values: plans.flatMap(({ columns }) => columns).reduce((sum, { values }) => sum + values.length, 0),
    }),
  };
}
