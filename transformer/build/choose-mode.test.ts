import { expect, test } from 'vitest';
import { chooseMode, isTooMuch } from './choose-mode.ts';
import type { InputNow } from './choose-mode.ts';
import { readsOf } from './reads.ts';
import { readsKeyOnly } from './touched-groups.ts';

const orders: InputNow = { table: 'public.orders', generation: 't1', schemaHash: 's', cleaned: '0', identity: 'key', changed: true };
const rates: InputNow = { ...orders, table: 'public.rates', changed: false };
const shown = {
  kind: 'incremental',
  hash: 'h',
  built: 3,
  storage: 'r3_0',
  select: '',
  columns: [],
  rows: 100,
  lsn: '0/1',
  asOf: null,
  manifest: 1,
  version: '1',
  tables: [orders, rates],
  models: [{ model: 'm.b', built: 2 }],
  freeze: null,
  kept: [],
} as const;
const facts = {
  kind: 'incremental',
  hash: 'h',
  shown,
  whole: false,
  repeatable: true,
  tables: [orders, rates],
  followed: ['public.orders'],
  models: [{ model: 'm.b', built: 2 }],
} as const;

test.each([
  ['changed rows of followed tables', {}, { mode: 'incremental' }],
  ['nothing', { tables: [rates] }, { mode: 'unchanged' }],
  ['a table model with a change', { kind: 'table', shown: { ...shown, kind: 'table' } }, { mode: 'full', why: 'an input changed' }],
  ['the first build', { shown: null }, { mode: 'full', why: 'first time' }],
  ['another text', { hash: 'other' }, { mode: 'full', why: 'the model changed' }],
  ['another kind', { shown: { ...shown, kind: 'table' } }, { mode: 'full', why: 'the model changed' }],
  ['a new copy', { tables: [{ ...orders, generation: 't2' }] }, { mode: 'full', why: 'public.orders was copied again or truncated' }],
  ['another schema', { tables: [{ ...rates, schemaHash: 'x' }] }, { mode: 'full', why: 'public.rates has another schema' }],
  ['cleaned tombstones', { tables: [{ ...orders, cleaned: '1' }] }, { mode: 'full', why: 'deleted rows of public.orders were cleaned up' }],
  ['a table without a key', { tables: [{ ...orders, identity: 'full' }] }, { mode: 'full', why: 'public.orders has no key' }],
  ['a table that only grows', { tables: [{ ...orders, identity: 'append' }] }, { mode: 'incremental' }],
  [
    'a change that no @by follows',
    { tables: [{ ...rates, changed: true }] },
    { mode: 'full', why: 'public.rates changed and no @by follows it' },
  ],
  ['a model that was built again', { models: [{ model: 'm.b', built: 4 }] }, { mode: 'full', why: 'm.b changed' }],
  ['a function like now()', { repeatable: false, tables: [rates] }, { mode: 'full', why: 'a function has no fixed answer' }],
  ['a whole build that is asked for', { whole: true, tables: [rates] }, { mode: 'full', why: 'asked for' }],
  ['a view', { kind: 'view' }, { mode: 'view' }],
] as const)('%s: %j', (_, part, mode) => {
  expect(chooseMode({ ...facts, ...part })).toEqual(mode);
});

test('more than a fifth of the rows is too much', () => {
  expect(isTooMuch({ rows: 20, groups: 20 }, 100)).toBe(false);
  expect(isTooMuch({ rows: 21, groups: 1 }, 100)).toBe(true);
  expect(isTooMuch({ rows: 0, groups: 200_000 }, 100)).toBe(true);
});

test.each([
  ['id', true],
  ['toString(`id`)', true],
  ['"id" + 1', true],
  ['customer', false],
  ['tuple(*)', false],
])('groups by %s are known from keys: %s', (expression, known) => {
  expect(readsKeyOnly({ expression, key: ['id'], columns: ['id', 'customer'] })).toBe(known);
});

const read = (id: string, kind: 'view' | 'table' | 'incremental', inputs: string[], followed: string[] = []) =>
  [id, { id, kind, inputs, by: followed.map((input) => ({ output: 'a', input, expression: 'a' })) }] as const;

test('a view is read through: its tables are followed nowhere, and the models behind it count', () => {
  const models = new Map([
    read('stg.items', 'view', ['public.items']),
    read('marts.dates', 'table', ['public.days']),
    read('stg.dates', 'view', ['marts.dates']),
  ]);
  const [, reader] = read(
    'marts.a',
    'incremental',
    ['public.orders', 'public.items', 'stg.items', 'stg.dates'],
    ['public.orders', 'public.items'],
  );
  expect(readsOf(reader, models)).toEqual({
    tables: ['public.items', 'public.orders'],
    followed: ['public.orders'],
    stored: ['marts.dates'],
    sources: ['public.days', 'public.items', 'public.orders'],
  });
});
