import { expect, test } from 'vitest';
import type { PublishedTable } from './choose-copies.ts';
import { Settling } from './settling.ts';

const table = (name: string, appendOnly: boolean): PublishedTable => ({
  tableId: `${name}_1`,
  oid: 1,
  table: `public.${name}`,
  appendOnly,
});
const keyless = (name: string): PublishedTable => table(name, true);
const [calm, busy] = [async () => false, async () => true];

test('tables of the first look, and those with a key, are copied at once', async () => {
  const settling = new Settling();
  expect(await settling.wait([keyless('log'), table('orders', false)], 0, busy)).toEqual(new Set());
  expect(await settling.wait([keyless('log'), table('orders', false), table('items', false)], 1_000, busy)).toEqual(new Set());
});

test('a new table without a key waits while new tables appear or are written, and a moment longer', async () => {
  const settling = new Settling();
  await settling.wait([], 0, calm);
  const [a, b] = [keyless('a'), keyless('b')];
  expect(await settling.wait([a], 1_000, calm)).toEqual(new Set(['a_1']));
  expect(await settling.wait([a, b], 3_500, calm)).toEqual(new Set(['a_1', 'b_1']));
  expect(await settling.wait([a, b], 6_000, busy)).toEqual(new Set(['a_1', 'b_1']));
  expect(await settling.wait([a, b], 8_999, calm)).toEqual(new Set(['a_1', 'b_1']));
  expect(await settling.wait([a, b], 9_000, calm)).toEqual(new Set());
});

test('a key that comes ends the wait of its table', async () => {
  const settling = new Settling();
  await settling.wait([], 0, calm);
  await settling.wait([keyless('a')], 1_000, busy);
  expect(await settling.wait([table('a', false)], 2_000, busy)).toEqual(new Set());
});

test('a table that is written continuously waits a minute at most', async () => {
  const settling = new Settling();
  await settling.wait([], 0, calm);
  for (let second = 1; second <= 60; second += 1) expect((await settling.wait([keyless('log')], second * 1_000, busy)).size).toBe(1);
  expect(await settling.wait([keyless('log')], 61_000, busy)).toEqual(new Set());
});
