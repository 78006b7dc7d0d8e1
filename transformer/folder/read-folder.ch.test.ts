import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headed, INCREMENTAL, modelsBench, selecting } from '../../test/support/models-bench.ts';
import type { ModelsBench } from '../../test/support/models-bench.ts';

let bench: ModelsBench;
beforeAll(async () => {
  bench = await modelsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a folder', () => {
  test('is its models in the order of what they read, its tests, and the names of its reports', async () => {
    const folder = await bench.read({
      'marts/a.sql':
        '-- @cron "0 6 * * *"\n-- @timezone Europe/Berlin\n-- @key state\n-- @test warn rows >= 1\nSELECT b.state, max(units) AS most FROM marts.b AS b GROUP BY b.state',
      'marts/b.sql':
        '-- @kind table\n-- @every 5s\nSELECT fct.units, marts.fct.order_id, o.state FROM marts.fct JOIN public.orders o ON o.id = fct.order_id;',
      'marts/fct.sql': INCREMENTAL,
      'tests/paid.sql': '-- Paid orders have a total.\n-- @severity warn\nSELECT * FROM public.orders WHERE total IS NULL',
      'tests/counts.sql': '-- @reconcile public.*\n-- @every 1h',
      'reports/now.sql': 'this is not judged here',
      'README.md': 'neither is this',
      '.git/x.sql': 'nor this',
    });
    expect(folder.models.map(({ id }) => id)).toEqual(['marts.fct', 'marts.b', 'marts.a']);
    expect(folder.models[0]).toEqual({
      id: 'marts.fct',
      database: 'marts',
      name: 'fct',
      file: 'marts/fct.sql',
      about: 'One order.',
      kind: 'incremental',
      key: ['order_id'],
      by: [
        { output: 'order_id', input: 'public.orders', expression: 'id' },
        { output: 'order_id', input: 'public.items', expression: 'order_id' },
      ],
      every: 60_000,
      cron: null,
      tests: [],
      select: INCREMENTAL.split('\n').at(-1),
      tables: [
        { database: 'public', name: 'orders' },
        { database: 'public', name: 'items' },
      ],
      inputs: ['public.orders', 'public.items'],
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(folder.models[2]).toMatchObject({
      kind: 'view',
      every: null,
      cron: { pattern: '0 6 * * *', timezone: 'Europe/Berlin' },
      tests: [{ kind: 'rows', severity: 'warn', line: 4 }],
      inputs: ['marts.b'],
    });
    expect(folder.tests).toMatchObject([
      { name: 'counts', severity: 'error', every: 3_600_000, select: null, reconcile: ['public.*'] },
      { name: 'paid', severity: 'warn', every: 60_000, about: 'Paid orders have a total.', inputs: ['public.orders'], reconcile: null },
    ]);
    expect(folder.reports).toEqual(['reports/now.sql']);
  });

  test('may be empty', async () => {
    expect(await bench.read({ 'README.md': '' })).toMatchObject({ models: [], tests: [], reports: [] });
  });

  test('gives a model another hash with another text, key, kind or @by, and the same with other tests', async () => {
    const hashes = await Promise.all(
      [
        INCREMENTAL,
        INCREMENTAL.replace('-- One order.', '-- @test not_null units'),
        INCREMENTAL.replace('@key order_id', '@key order_id, units'),
        INCREMENTAL.replace('sum(', 'max('),
        INCREMENTAL.replace('orders: id', 'orders: id + 0'),
      ].map(async (text) => (await bench.read({ 'marts/fct.sql': text })).models[0]?.hash),
    );
    expect(hashes[1]).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('what is no bad input', () => {
  test('a function that changes, in a view or table', async () => {
    expect(await bench.bad(selecting('SELECT now() AS a'))).toBe('taken');
  });

  test('after the start: a SELECT that the engine refuses, because then its model fails', async () => {
    const later = { databases: ['public'] };
    expect(await bench.bad(selecting('SELECT * FROM public.nothing'), later)).toBe('taken');
    expect(await bench.bad(selecting('SELECT nr FROM public.orders'), later)).toBe('taken');
    expect(await bench.bad(headed('@key nr'), later)).toContain('unknown column "nr"');
  });

  test('a table of the source that is not copied yet, also below another model', async () => {
    const files = { ...selecting('SELECT x FROM marts.b'), 'marts/b.sql': '-- @key x\nSELECT x FROM public.soon' };
    expect(await bench.bad(files)).toContain('Unknown table expression');
    expect(await bench.bad(files, { databases: ['public'], atStart: true, isComing: ({ name }) => name === 'soon' })).toBe('taken');
  });

  test('the database default', async () => {
    expect(await bench.bad({ 'default/a.sql': 'SELECT 1 AS a' })).toBe('taken');
  });
});
