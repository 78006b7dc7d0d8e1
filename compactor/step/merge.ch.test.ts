import { expect, test } from 'vitest';
import type { Change, Row } from '../../test/support/change-file.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { Engine } from '../../warehouse/engine.ts';

const notes = tableSchema({
  oid: 3301,
  name: 'notes',
  columns: { id: { kind: 'int4' }, n: { kind: 'int4' }, body: { kind: 'text' } },
  key: ['id'],
});

const row = (id: number, n: number, body: string | undefined): Row => ({ id: String(id), n: String(n), body });
const change = (op: Change['op'], lsn: number, of: Row, ordinal = 1): Change => ({ op, lsn: BigInt(lsn), ordinal, row: of });

/** The table is live, with rows 1 and 2. */
async function copied(bench: WarehouseBench): Promise<void> {
  await bench.lake.copy(notes, { generation: 1, lsn: 10n }, [[row(1, 0, 'one'), row(2, 0, 'two')]]);
  await bench.settle();
}

/** Applies one batch of one file; returns the statements that were run for their effect. */
async function statementsOf(bench: WarehouseBench, changes: Change[]): Promise<string[]> {
  const { lake } = bench;
  await lake.batch([await lake.file(notes, changes)]);
  const statements: string[] = [];
  const { engine } = bench;
  const noting: Engine = {
    traits: engine.traits,
    exec(sql) {
      statements.push(sql);
      return engine.exec(sql);
    },
    execTogether: (together) => engine.execTogether(together),
    query: (sql) => engine.query(sql),
    read: (request) => engine.read(request),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
  expect((await bench.settle(noting)).tables).toMatchObject([{ state: 'live', error: null }]);
  return statements;
}

/** The first words of those that touch rows, after the table was copied. */
async function applied(bench: WarehouseBench, changes: Change[]): Promise<string[]> {
  await copied(bench);
  const statements = await statementsOf(bench, changes);
  return statements.map((sql) => /^\w+ .*?tailrace\.`(?:staging|t)/.exec(sql)?.[0] ?? '').filter((words) => words !== '');
}

/** The engine writes the block as it is. */
function isUnfolded(sql: string): boolean {
  return sql.includes('optimize_on_insert = 0');
}

const SHOWN = 'SELECT id, n, body FROM public.notes ORDER BY id';

test('a step without key changes is one statement, also when it leaves values out', async () => {
  await using bench = await warehouseBench();
  const statements = await applied(bench, [
    change('U', 20, row(1, 1, undefined)),
    change('I', 21, row(3, 1, 'three')),
    change('U', 22, row(3, 2, undefined)),
    change('U', 23, row(2, 1, 'new')),
    change('U', 24, row(2, 2, undefined)),
  ]);
  expect(statements).toEqual(['INSERT INTO tailrace.`t']);
  expect(await bench.rows(SHOWN)).toEqual([
    { id: 1, n: 1, body: 'one' },
    { id: 2, n: 2, body: 'new' },
    { id: 3, n: 2, body: 'three' },
  ]);
});

test('a step that lacks a value inserts nothing before it is known whether the value counts', async () => {
  await using bench = await warehouseBench();
  const statements = await applied(bench, [
    change('U', 20, row(1, 1, undefined)),
    change('U', 21, row(4, 1, undefined)),
    change('D', 22, { id: '4', n: null, body: null }),
  ]);
  expect(statements).toEqual([
    'INSERT INTO tailrace.`t',
    'CREATE OR REPLACE TABLE tailrace.`staging',
    'INSERT INTO tailrace.`staging',
    'INSERT INTO tailrace.`t',
    'DROP TABLE IF EXISTS tailrace.`staging',
  ]);
  expect(await bench.rows(SHOWN)).toEqual([
    { id: 1, n: 1, body: 'one' },
    { id: 2, n: 0, body: 'two' },
  ]);
});

test('a step with key changes is staged', async () => {
  await using bench = await warehouseBench();
  const statements = await applied(bench, [
    { ...change('D', 20, { id: '1', n: null, body: null }), keyChange: true },
    change('U', 20, row(5, 1, undefined), 2),
  ]);
  expect(statements).toContain('INSERT INTO tailrace.`staging');
  expect(await bench.rows(SHOWN)).toEqual([
    { id: 2, n: 0, body: 'two' },
    { id: 5, n: 1, body: 'one' },
  ]);
});

test('a large block is folded before it is written only when its keys repeat', async () => {
  await using bench = await warehouseBench();
  await copied(bench);
  const many = Array.from({ length: 10_000 }, (_, index) => index + 1);
  const inserts = await statementsOf(
    bench,
    many.map((n) => change('I', 20, row(n + 2, n, 'new'), n)),
  );
  const updates = await statementsOf(
    bench,
    many.map((n) => change('U', 30, row((n % 100) + 1, n, 'hot'), n)),
  );
  expect([inserts, updates].map((statements) => statements.filter(isUnfolded).length)).toEqual([1, 0]);
  expect(await bench.rows("SELECT count() AS n, countIf(body = 'hot') AS hot FROM public.notes")).toEqual([{ n: '10002', hot: '100' }]);
});

test('a block that was not folded shows the newest row of each key', async () => {
  await using bench = await warehouseBench();
  await copied(bench);
  const changes = Array.from({ length: 10_000 }, (_, index) => change('I', 20, row(index + 3, 0, 'new'), index + 1));
  for (let n = 1; n <= 1_000; n += 1) changes.push(change('U', 21, row(n + 2, n, undefined), n));
  for (let n = 1; n <= 500; n += 1) changes.push(change('D', 22, { id: String(n + 2), n: null, body: null }, n));
  const statements = await statementsOf(bench, changes);
  expect(statements.filter(isUnfolded)).toHaveLength(1);
  expect(await bench.rows("SELECT count() AS rows, sum(n) AS total, countIf(body = 'new') AS new FROM public.notes")).toEqual([
    { rows: '9502', total: String((1_000 * 1_001) / 2 - (500 * 501) / 2), new: '9500' },
  ]);
});
