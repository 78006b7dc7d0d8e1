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

/** Applies one batch of one file; returns the first words of the statements that touch rows. */
async function applied(bench: WarehouseBench, changes: Change[]): Promise<string[]> {
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[row(1, 0, 'one'), row(2, 0, 'two')]]);
  await bench.settle();
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
  return statements.map((sql) => /^\w+ .*?tailrace\.`(?:staging|t)/.exec(sql)?.[0] ?? '').filter((words) => words !== '');
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
