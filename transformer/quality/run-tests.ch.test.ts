import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { parseModelTest } from '../folder/model-test.ts';
import { duplicateKeys, testsOf } from './model-tests.ts';
import type { BoundTest } from './model-tests.ts';
import { noteQuality } from './note-quality.ts';
import { runTests } from './run-tests.ts';
import type { TestOutcome } from './run-tests.ts';

let folder: Scratch;
let engine: Engine;

const unchanged = (select: string): string => select;

beforeAll(async () => {
  folder = await scratch('tailrace-quality');
  engine = await openWarehouse({ uri: folder.path, role: 'owner', log: silentLogger() });
  await engine.exec('CREATE DATABASE `m-1.ü`');
  await engine.exec(
    'CREATE TABLE `m-1.ü`.`orders "x"` (id Int64, `a,b``c` Nullable(String), rows Nullable(Int32), parent Nullable(UInt64), n Nested(x Int8)) ENGINE = MergeTree ORDER BY id',
  );
  await engine.exec(
    "INSERT INTO `m-1.ü`.`orders \"x\"` VALUES (1, 'p', 5, 1, [1]), (2, 'p', 5, 9, []), (2, NULL, NULL, NULL, []), (3, 'it''s, so', 7, 1, [])",
  );
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

function bound(lines: readonly string[], key: readonly string[] = []): BoundTest[] {
  const tests = lines.map((line, index) => {
    const found = parseModelTest(line, index);
    if ('wrong' in found) throw new Error(found.wrong);
    return found;
  });
  return testsOf({ id: 'm.orders', database: 'm-1.ü', name: 'orders "x"', key, tests });
}

async function outcomeOf(line: string): Promise<TestOutcome> {
  const [outcome] = await runTests(engine, bound([line]), unchanged);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

describe('a test of a model counts its failing rows and shows some', () => {
  test.each<[string, number, unknown[]]>([
    ['unique id', 1, [{ id: '2', rows: '2' }]],
    ['unique rows', 1, [{ rows: 5, 'rows of rows': '2' }]],
    ['unique "a,b`c", rows', 1, [{ 'a,b`c': 'p', rows: 5, 'rows of a,b`c, rows': '2' }]],
    ['unique id, parent', 0, []],
    ['not_null parent', 1, [expect.objectContaining({ id: '2', parent: null })]],
    ['not_null id, `a,b``c`, rows', 1, [expect.objectContaining({ id: '2' })]],
    [`accepted "a,b\`c": p, 'it''s, so'`, 0, []],
    ['accepted "a,b`c": q', 3, Array.from({ length: 3 }, () => expect.objectContaining({ parent: expect.anything() }))],
    ['accepted rows: 5', 1, [expect.objectContaining({ id: '3' })]],
    ['references parent: "m-1.ü"."orders ""x""".id', 1, [expect.objectContaining({ parent: '9' })]],
    ['rows >= 4', 0, []],
    ['warn rows >= 5', 1, [{ rows: '4' }]],
  ])('%s', async (line, failures, sample) => {
    expect(await outcomeOf(line)).toMatchObject({ table: 'm.orders', ok: failures === 0, failures, sample, error: null });
  });

  test('the key is tested first, blocks, and NULL is one of its values', async () => {
    const [first] = bound(['warn rows >= 5'], ['id', 'parent']);
    expect(first).toMatchObject({ test: 'key id, parent', severity: 'error' });
    await engine.exec('CREATE TABLE `m-1.ü`.nulls (k Nullable(Int8)) ENGINE = Memory');
    await engine.exec('INSERT INTO `m-1.ü`.nulls VALUES (NULL), (NULL), (1)');
    const tests = testsOf({ id: 'm.nulls', database: 'm-1.ü', name: 'nulls', key: ['k'], tests: [] });
    expect(await runTests(engine, tests, unchanged)).toMatchObject([{ ok: false, failures: 1, sample: [{ k: null, rows: '2' }] }]);
  });

  test('a test that the engine refuses has not passed, and the next one still runs', async () => {
    const [broken, whole] = await runTests(engine, bound(['unique nothing', 'rows >= 1']), unchanged);
    expect(broken).toMatchObject({ ok: false, failures: 0, sample: [], error: expect.stringContaining('UNKNOWN_IDENTIFIER') });
    expect(whole).toMatchObject({ ok: true, error: null });
  });
});

const free = (select: string): BoundTest => ({ test: 'free', table: '', severity: 'error', select, reads: [] });

describe('a SELECT of failing rows', () => {
  test.each<[string, string, number, unknown[]]>([
    ['ends in a comment', 'SELECT 1 AS a -- all', 1, [{ a: 1 }]],
    [
      'has clauses of its own',
      'WITH 3 AS n SELECT number FROM numbers(n) ORDER BY number DESC LIMIT 2',
      2,
      [{ number: '2' }, { number: '1' }],
    ],
    ['is a union', 'SELECT 1 AS a UNION ALL SELECT 2', 2, [expect.anything(), expect.anything()]],
    ['has two columns of one name', 'SELECT l.number, r.number FROM numbers(1) AS l, numbers(1) AS r', 1, [expect.anything()]],
    ['has maps and JSON', `SELECT map('a', 1) AS m, CAST('{"b": [1]}' AS JSON) AS j`, 1, [{ m: { a: 1 }, j: { b: ['1'] } }]],
  ])('%s', async (_, select, failures, sample) => {
    expect(await runTests(engine, [free(select)], unchanged)).toMatchObject([{ failures, sample, error: null }]);
  });

  test('shows ten of many rows, and long texts in part', async () => {
    const [many] = await runTests(engine, [free("SELECT number, repeat('x', 5000) AS long FROM numbers(100000)")], unchanged);
    expect([many?.failures, many?.sample.length]).toEqual([100_000, 10]);
    expect(many?.sample[0]).toEqual({ number: '0', long: `${'x'.repeat(1_000)}…` });
    const [huge] = await runTests(
      engine,
      [free('SELECT repeat(toString(number + 1000000000), 900000) AS long FROM numbers(50)')],
      unchanged,
    );
    expect([huge?.ok, huge?.failures, huge?.sample.length]).toEqual([false, 50, 0]);
  });

  test('of a key may be asked of rows that are not stored yet', async () => {
    const [outcome] = await runTests(engine, [free(duplicateKeys('(SELECT number % 3 AS k FROM numbers(5))', ['k']))], unchanged);
    expect(outcome).toMatchObject({ failures: 2, sample: expect.arrayContaining([{ k: 0, rows: '2' }]) });
  });

  test('is read in the scope of a freeze', async () => {
    const [outcome] = await runTests(engine, [free('SELECT * FROM here.one')], (select) => select.replace('here', 'system'));
    expect(outcome).toMatchObject({ ok: false, failures: 1, error: null });
  });
});

test('outcomes are rows of tailrace.quality, also in the table of an earlier version', async () => {
  await engine.exec('CREATE DATABASE tailrace');
  await engine.exec(
    "CREATE TABLE tailrace.quality (at DateTime64(3, 'UTC'), check LowCardinality(String), table String, ok Bool, detail String) ENGINE = MergeTree ORDER BY (check, table, at)",
  );
  await engine.exec("INSERT INTO tailrace.quality VALUES (now64(3), 'old', 'public.t', true, '')");
  await engine.exec(sql('create-quality', { replicated: '' }));
  for (const name of ['alter-quality', 'alter-quality']) await engine.exec(sql(name));
  const outcomes = await runTests(engine, bound(['unique id', 'warn rows >= 1', 'unique nothing']), unchanged);
  await noteQuality(engine, 7, outcomes, { lsn: '0/15', asOf: '2026-01-02T03:04:05.123456Z' });
  await noteQuality(engine, null, [], { lsn: '0/15', asOf: null });
  const rows = await engine.query("SELECT * EXCEPT (at, duration_ms) FROM tailrace.quality ORDER BY check = 'old', ok, failures DESC");
  const run = { table: 'm.orders', run: '7', lsn: '0/15', as_of: '2026-01-02 03:04:05.123456' };
  expect(rows).toEqual([
    { ...run, check: 'unique id', ok: false, detail: '1 row fails', severity: 'error', failures: '1', sample: '[{"id":"2","rows":"2"}]' },
    {
      ...run,
      check: 'unique nothing',
      ok: false,
      detail: expect.stringContaining('UNKNOWN'),
      severity: 'error',
      failures: '0',
      sample: '',
    },
    { ...run, check: 'rows >= 1', ok: true, detail: '', severity: 'warn', failures: '0', sample: '' },
    { check: 'old', table: 'public.t', ok: true, detail: '', run: null, severity: '', failures: '0', sample: '', lsn: '', as_of: null },
  ]);
});
