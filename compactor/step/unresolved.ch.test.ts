import { describe, expect, test } from 'vitest';
import { openRequests } from '../../lake/control.ts';
import type { Change, Row } from '../../test/support/change-file.ts';
import type { Failure } from '../../test/support/warehouse/failing-engine.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { PLACES } from '../../test/support/warehouse/places.ts';
import { turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

const notes = tableSchema({
  oid: 3001,
  name: 'notes',
  columns: { id: { kind: 'int4' }, n: { kind: 'int4' }, body: { kind: 'text' }, tags: { kind: 'array', element: { kind: 'text' } } },
  key: ['id'],
});
const others = tableSchema({ oid: 3002, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });

const row = (id: number, n: number, body: string | null | undefined): Row => ({ id: String(id), n: String(n), body, tags: '{a}' });
const gone = (id: number): Row => ({ id: String(id), n: null, body: null, tags: null });
const change = (op: Change['op'], lsn: number, of: Row, ordinal = 1): Change => ({ op, lsn: BigInt(lsn), ordinal, row: of });

/** A bench with two live tables; `notes` has row 1. */
async function twoTables(): Promise<WarehouseBench> {
  const bench = await warehouseBench();
  await bench.lake.copy(notes, { generation: 1, lsn: 10n }, [[row(1, 0, 'one')]]);
  await bench.lake.copy(others, { generation: 1, lsn: 10n }, [[]]);
  await bench.lake.batch([], { to: 10n });
  await bench.settle();
  return bench;
}

const SHOWN = 'SELECT id, n, body FROM public.notes ORDER BY id';

test('a value that nothing has is never NULL: the table waits with the reason, stays readable, and its next copy makes it live', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  await lake.batch([
    await lake.file(notes, [change('U', 20, row(1, 1, undefined)), change('U', 21, row(2, 2, undefined))]),
    await lake.file(others, [change('I', 22, { id: '1' })]),
  ]);
  const stopped = await bench.settle();
  expect(stopped.tables).toMatchObject([
    { table: 'public.notes', state: 'waiting', appliedLsn: '0/A', error: { code: 'VALUE_UNRESOLVED' } },
    { table: 'public.others', state: 'live' },
  ]);
  expect(await bench.rows(SHOWN)).toEqual([{ id: 1, n: 0, body: 'one' }]);
  expect(await bench.rows('SELECT id FROM public.others')).toEqual([{ id: 1 }]);
  expect(await openRequests(lake.store, ['resync'])).toMatchObject([{ table: 'public.notes', tableId: notes.tableId }]);
  await lake.copy(notes, { generation: 2, lsn: 30n }, [[row(1, 1, 'one'), row(2, 2, 'two')]]);
  await lake.batch([await lake.file(notes, [change('U', 31, row(2, 3, undefined))])]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 2, error: null }, {}]);
  expect(await bench.rows(SHOWN)).toEqual([
    { id: 1, n: 1, body: 'one' },
    { id: 2, n: 3, body: 'two' },
  ]);
});

test('a row that was inserted again takes no value of the row that had its key before', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  await lake.batch([
    await lake.file(notes, [
      change('U', 20, row(1, 1, 'new')),
      change('D', 21, gone(1)),
      change('I', 22, row(1, 2, undefined)),
      change('U', 23, row(1, 3, undefined)),
    ]),
  ]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'waiting', error: { code: 'VALUE_UNRESOLVED' } }, {}]);
});

test('a missing value of a row that goes or is replaced later in the same step is missed by nobody', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  await lake.batch([
    await lake.file(notes, [
      change('U', 20, row(2, 1, undefined)),
      change('D', 21, gone(2)),
      change('U', 22, row(3, 1, undefined)),
      change('U', 23, row(3, 2, 'three')),
      change('U', 24, row(3, 3, undefined)),
    ]),
  ]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }, {}]);
  expect(await bench.rows(SHOWN)).toEqual([
    { id: 1, n: 0, body: 'one' },
    { id: 3, n: 3, body: 'three' },
  ]);
});

test('a key change of a row that nothing has is found out as well', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  await lake.batch([
    await lake.file(notes, [
      { ...change('D', 20, gone(1)), keyChange: true },
      change('U', 20, row(5, 1, undefined), 2),
      { ...change('D', 21, gone(7)), keyChange: true },
      change('U', 21, row(1, 1, undefined), 2),
    ]),
  ]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'waiting', error: { code: 'VALUE_UNRESOLVED' } }, {}]);
  expect(await bench.rows(SHOWN)).toEqual([{ id: 1, n: 0, body: 'one' }]);
});

test('a row below the point of a copy resolves nothing and needs nothing', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.batch([
    await lake.file(notes, [
      change('U', 5, row(8, 1, undefined)),
      change('I', 6, row(1, 0, undefined)),
      change('U', 20, row(1, 1, undefined)),
    ]),
  ]);
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[row(1, 0, 'one')]]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows(SHOWN)).toEqual([{ id: 1, n: 1, body: 'one' }]);
});

test('a table whose new copy lacks the value at once is parked with the reason, and is not copied endlessly', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  await lake.batch([await lake.file(notes, [change('U', 20, row(2, 2, undefined)), change('U', 40, row(3, 2, undefined))])]);
  await bench.settle();
  await lake.copy(notes, { generation: 2, lsn: 30n }, [[row(1, 0, 'one')]]);
  const position = await bench.settle();
  expect(position.tables).toMatchObject([{ state: 'parked', generation: 2, error: { code: 'VALUE_UNRESOLVED' } }, { state: 'live' }]);
  expect(await openRequests(lake.store, ['resync'])).toHaveLength(1);
  expect(await bench.rows(SHOWN)).toEqual([{ id: 1, n: 0, body: 'one' }]);
});

test('a table that keeps lacking values is copied three times an hour at most', async () => {
  await using bench = await twoTables();
  const { lake } = bench;
  for (let copy = 1; copy <= 4; copy += 1) {
    const at = copy * 100;
    await lake.batch([await lake.file(notes, [change('U', at, row(2, 2, undefined))])]);
    const stopped = await bench.settle();
    expect(stopped.tables).toMatchObject([{ state: copy < 4 ? 'waiting' : 'parked', error: { code: 'VALUE_UNRESOLVED' } }, {}]);
    await lake.copy(notes, { generation: copy + 1, lsn: BigInt(at + 50) }, [[row(1, copy, 'one')]]);
    await lake.batch([], { to: BigInt(at + 60) });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: copy + 1 }, {}]);
  }
}, 600_000);

/** A table that has to wait, broken off somewhere; whether it came to that. */
async function waitsAndIsAsked(bench: WarehouseBench, oid: number, failure: Failure): Promise<boolean> {
  const { lake } = bench;
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const lsn = oid * 100;
  const table = { ...notes, oid, tableId: `${oid}_1`, name: `notes${oid}` };
  await lake.copy(table, { generation: 1, lsn: BigInt(lsn) }, [[row(1, 0, 'one')]]);
  await lake.batch([], { to: BigInt(lsn) });
  await turnUntilIdle(compactor);
  await lake.batch([await lake.file(table, [change('U', lsn + 10, row(2, 2, undefined))])]);
  const failed = await engine.breakOff(failure, () => turnUntilIdle(compactor));
  const { tables } = await bench.settle();
  expect(tables.find((one) => one.tableId === table.tableId)).toMatchObject({ state: 'waiting', error: { code: 'VALUE_UNRESOLVED' } });
  expect((await openRequests(lake.store, ['resync'])).some(({ tableId }) => tableId === table.tableId)).toBe(true);
  return failed;
}

describe.each(PLACES)('on $name', ({ open, failure, stride }) => {
  test('after a crash at any statement, a table that waits for a copy has also requested it', async () => {
    await using bench = await open();
    let round = 0;
    while (await waitsAndIsAsked(bench, 3100 + round, failure(round))) round += 1;
    expect(round * stride).toBeGreaterThan(2);
  }, 600_000);
});
