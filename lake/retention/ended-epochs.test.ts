import { expect, test } from 'vitest';
import { DAY_HOURS, ONE, RetainedLake, TWO } from '../../test/support/retention/retained-lake.ts';
import type { TableSchema } from '../../core/table.ts';

const WEEK = 8 * DAY_HOURS;

function inEpoch(table: TableSchema, epoch: number): TableSchema {
  return { ...table, epoch, tableId: `${table.oid}_${epoch}` };
}

/** A lake of two tables whose second epoch has a copy of the first one alone. */
async function lakeOf(changed: readonly TableSchema[]): Promise<RetainedLake> {
  const lake = await RetainedLake.open();
  await lake.writer.epoch(1);
  for (const table of [ONE, TWO]) await lake.copy(table);
  await lake.batch(ONE, TWO);
  await lake.writer.epoch(2);
  await lake.batch(...changed.map((table) => inEpoch(table, 2)));
  await lake.copy(inEpoch(ONE, 2));
  return lake;
}

async function sweep(lake: RetainedLake, from: number): Promise<void> {
  await lake.sweep(lake.sweeper(), from, from + 1, from + 25, from + 26, from + 52, from + 53);
}

test('a table of an ended epoch stays while nobody has begun to copy it in the newest one', async () => {
  const lake = await lakeOf([ONE, TWO]);
  await sweep(lake, WEEK);
  expect(await lake.keys('snapshot/1_1/')).toEqual([]);
  expect((await lake.keys('snapshot/2_1/')).length).toBe(6);
  await lake.copy(inEpoch(TWO, 2));
  await sweep(lake, 2 * WEEK);
  expect(await lake.keys('snapshot/2_1/')).toEqual([]);
});

test('a table of an ended epoch that the newest one does not have goes with its epoch', async () => {
  const lake = await lakeOf([ONE]);
  await sweep(lake, WEEK);
  expect(await lake.keys('snapshot/2_1/')).toEqual([]);
});
