import { expect, test } from 'vitest';
import { putRequest, readStage } from '../../lake/control.ts';
import type { Change, Row } from '../../test/support/change-file.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'int4' } } as const;
const orders = tableSchema({ oid: 1001, name: 'orders', columns: COLUMNS, key: ['id'] });

const BEGAN = Date.UTC(2026, 0, 1);

/** The copy of the bench is of 2026-01-01 00:00:00, and a change is of `second` seconds later. */
function change(op: Change['op'], second: number, row: Row, more: Partial<Change> = {}): Change {
  return {
    op,
    lsn: BigInt(100 + second),
    ordinal: 1,
    row,
    time: BigInt(BEGAN) * 1000n + BigInt(second) * 1_000_000n,
    ...more,
  };
}

/** `id note total from to op`, in seconds; `-` for NULL. */
async function versions(bench: WarehouseBench, table = 'public.orders'): Promise<string[]> {
  const rows = await bench.rows<Record<string, string | null>>(
    `SELECT id, note, total, dateDiff('second', toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), valid_from) AS f, dateDiff('second', toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), valid_to) AS t, op
     FROM ${table}__history ORDER BY id, lsn, valid_from, valid_to NULLS LAST`,
  );
  return rows.map(({ id, note, total, f, t, op }) => [id, note, total, f, t, op].map((value) => value ?? '-').join(' '));
}

async function at(bench: WarehouseBench, second: number, database = 'public'): Promise<string[]> {
  const time = new Date(BEGAN + second * 1000).toISOString().replace('T', ' ').replace('Z', '000');
  const rows = await bench.rows<Record<string, string | null>>(
    `SELECT id, note, total FROM ${database}.orders__at(time = '${time}') ORDER BY id`,
  );
  return rows.map((row) => Object.values(row).join(' '));
}

const HISTORY = { 'public.orders': 'forever' } as const;

async function begun(history: Record<string, number | 'forever'> = HISTORY): Promise<WarehouseBench> {
  const bench = await warehouseBench({ history });
  await bench.lake.copy(orders, { generation: 1, lsn: 100n }, [
    [
      { id: '1', note: 'one', total: '1' },
      { id: '2', note: 'two', total: '2' },
    ],
  ]);
  await bench.lake.batch([], { to: 100n });
  expect((await bench.settle()).tables[0]?.error).toBeNull();
  return bench;
}

test('every version of a row has the time for which it was valid', async () => {
  await using bench = await begun();
  const { lake } = bench;
  await lake.batch([
    await lake.file(orders, [
      change('I', 10, { id: '3', note: 'three', total: '3' }),
      change('U', 20, { id: '1', note: undefined, total: '10' }),
      change('U', 30, { id: '1', note: 'uno', total: '11' }, { ordinal: 1 }),
      change('U', 30, { id: '1', note: undefined, total: '12' }, { ordinal: 2 }),
    ]),
  ]);
  await lake.batch([await lake.file(orders, [change('D', 40, { id: '2', note: null, total: null })])]);
  await bench.settle();
  const whole = [
    '1 one 1 - 20 copy',
    '1 one 10 20 30 update',
    '1 uno 11 30 30 update',
    '1 uno 12 30 - update',
    '2 two 2 - 40 copy',
    '2 - - 40 40 delete',
    '3 three 3 10 - insert',
  ];
  expect(await versions(bench)).toEqual(whole);
  expect(await at(bench, 0)).toEqual(['1 one 1', '2 two 2']);
  expect(await at(bench, 25)).toEqual(['1 one 10', '2 two 2', '3 three 3']);
  expect(await at(bench, 50)).toEqual(['1 uno 12', '3 three 3']);
  await expect(at(bench, -1)).rejects.toThrow('the history of public.orders reaches back to 2026-01-01T00:00:00Z');
});

test('a truncate closes every row, a key change is a delete and an update, and what was rolled back was never there', async () => {
  await using bench = await begun();
  const { lake } = bench;
  await lake.batch([
    await lake.file(orders, [
      change('U', 5, { id: '2', note: undefined, total: '5' }),
      change('D', 10, { id: '1', note: null, total: null }, { keyChange: true }),
      change('U', 10, { id: '9', note: undefined, total: '9' }, { ordinal: 2 }),
      change('T', 20, {}),
      change('I', 30, { id: '2', note: 'again', total: '0' }),
    ]),
    await lake.streamedFile(
      orders,
      [
        { op: 'I', ordinal: 1, row: { id: '7', note: 'kept', total: '7' }, xid: 7 },
        { op: 'I', ordinal: 2, row: { id: '8', note: 'rolled back', total: '8' }, xid: 8 },
        { op: 'U', ordinal: 3, row: { id: '2', note: undefined, total: '4' }, xid: 7 },
      ],
      { commitLsn: 140n, abortedXids: [8] },
    ),
  ]);
  await bench.settle();
  expect(await versions(bench)).toEqual([
    '1 one 1 - 10 copy',
    '1 - - 10 10 delete',
    '2 two 2 - 5 copy',
    '2 two 5 5 20 update',
    '2 - - 20 20 truncate',
    '2 again 0 30 30 insert',
    '2 again 4 30 - update',
    '7 kept 7 0 - insert',
    '9 one 9 10 20 update',
    '9 - - 20 20 truncate',
  ]);
});

test('a step that is applied again after its rows came in has the values of that time', async () => {
  await using bench = await begun();
  await bench.lake.batch([
    await bench.lake.file(orders, [
      change('U', 10, { id: '1', note: undefined, total: '10' }),
      change('U', 20, { id: '1', note: 'uno', total: '20' }),
    ]),
  ]);
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const filled = { after: 0, ran: true, of: /^INSERT INTO tailrace\.`h/ };
  expect(await engine.breakOff(filled, () => turnUntilIdle(compactor))).toBe(true);
  await bench.settle();
  expect(await versions(bench)).toEqual(['1 one 1 - 10 copy', '1 one 10 10 20 update', '1 uno 20 20 - update', '2 two 2 - - copy']);
});

test('turned on late it is filled from the lake, and turned off it goes', async () => {
  const history: Record<string, 'forever'> = {};
  await using bench = await begun(history);
  const { lake } = bench;
  await lake.batch([await lake.file(orders, [change('U', 10, { id: '1', note: undefined, total: '10' })])]);
  await lake.batch([await lake.file(orders, [change('U', 20, { id: '1', note: undefined, total: '20' })])]);
  expect((await bench.settle()).tables[0]?.historySince).toBeUndefined();
  expect(await bench.rows("SELECT name FROM system.tables WHERE name LIKE 'orders%' ORDER BY name")).toEqual([
    { name: 'orders' },
    { name: 'orders__exact' },
  ]);
  Object.assign(history, HISTORY);
  const { tables } = await bench.settle();
  expect(tables).toMatchObject([{ state: 'live', historySince: '2026-01-01T00:00:00Z' }]);
  expect(await versions(bench)).toEqual(['1 one 1 - 10 copy', '1 one 10 10 20 update', '1 one 20 20 - update', '2 two 2 - - copy']);
  expect(await bench.rows('SELECT * FROM public.orders WHERE id = 1')).toEqual([{ id: '1', note: 'one', total: 20 }]);
  delete history['public.orders'];
  await bench.settle();
  expect(await bench.rows("SELECT name FROM system.tables WHERE match(name, '^(orders|h[0-9])') ORDER BY name")).toEqual([
    { name: 'orders' },
    { name: 'orders__exact' },
  ]);
});

test('a copy made again is joined: equal rows are one version, and what it lacks ends, also if the history is turned on late', async () => {
  const history: Record<string, 'forever'> = { ...HISTORY };
  await using bench = await begun(history);
  const { lake } = bench;
  await lake.batch([await lake.file(orders, [change('I', 10, { id: '3', note: 'three', total: '3' })])]);
  await bench.settle();
  await lake.copy(orders, { generation: 2, lsn: 200n, createdAt: '2026-01-01T00:01:40Z' }, [
    [
      { id: '1', note: 'one', total: '1' },
      { id: '3', note: 'drei', total: '3' },
      { id: '4', note: 'four', total: '4' },
    ],
  ]);
  await lake.batch([await lake.file(orders, [change('U', 120, { id: '1', note: undefined, total: '120' })])]);
  await bench.settle();
  const joined = [
    '1 one 1 - 120 copy',
    '1 one 120 120 - update',
    '2 two 2 - 100 copy',
    '2 - - 100 100 delete',
    '3 three 3 10 100 insert',
    '3 drei 3 100 - copy',
    '4 four 4 100 - copy',
  ];
  expect(await versions(bench)).toEqual(joined);
  // A fact ends the second copy before the third; before the fourth, rows were left out.
  const wider = { ...COLUMNS, more: { kind: 'text' } } as const;
  const again = async (generation: number, second: number, schema: typeof orders): Promise<void> => {
    await lake.copy(schema, { generation, lsn: BigInt(100 + second), createdAt: new Date(BEGAN + second * 1000).toISOString() }, [
      [
        { id: '1', note: 'one', total: '120' },
        { id: '4', note: 'vier', total: '4' },
      ],
    ]);
    await lake.batch([], { to: BigInt(101 + second) });
  };
  const late = async (): Promise<string | undefined> => {
    delete history['public.orders'];
    await bench.settle();
    Object.assign(history, HISTORY);
    return (await bench.settle()).tables[0]?.historySince;
  };
  const other = tableSchema({ oid: 1001, name: 'orders', columns: wider, key: ['id'] });
  await lake.batch([], { to: 300n, catalog: [await lake.event('resync', other)] });
  await again(3, 220, other);
  await bench.settle();
  const rejoined = [...joined.slice(0, 5), '3 drei 3 100 220 copy', '3 - - 220 220 delete', '4 four 4 100 220 copy', '4 vier 4 220 - copy'];
  expect((await versions(bench)).toSorted()).toEqual(rejoined.toSorted());
  expect(await late()).toBe('2026-01-01T00:00:00Z');
  expect((await versions(bench)).toSorted()).toEqual(rejoined.toSorted());
  expect(await bench.rows('SELECT id FROM public.orders ORDER BY id')).toEqual([{ id: '1' }, { id: '4' }]);
  await lake.batch([], { to: 350n, catalog: [await lake.event('dropped', other)] });
  await lake.batch([], { to: 360n, catalog: [await lake.event('published', other)] });
  await again(4, 270, other);
  await bench.settle();
  expect(await late()).toBe('2026-01-01T00:04:30.000Z');
  expect(await versions(bench)).toEqual(['1 one 120 - - copy', '4 vier 4 - - copy']);
});

test('a freeze has the versions as they were, also while a copy that is made again is loaded', async () => {
  await using bench = await begun();
  const { lake } = bench;
  const freeze = async (name: string, tables: string[] | null = null) => {
    const id = await putRequest(lake.store, { kind: 'freeze', name, tables, warehouseId: WAREHOUSE_ID });
    await bench.settle();
    return (await readStage(lake.store, { id, stage: 'done' }))?.frozen?.tables;
  };
  const views = (name: string): Promise<object[]> =>
    bench.rows(`SELECT name FROM system.tables WHERE database = '${name}_public' ORDER BY name`);
  await lake.batch([await lake.file(orders, [change('U', 10, { id: '1', note: undefined, total: '10' })])]);
  expect(await freeze('early')).toEqual(['public.orders', 'public.orders__history']);
  const early = ['1 one 1 - 10 copy', '1 one 10 10 - update', '2 two 2 - - copy'];

  const copy = [[{ id: '1', note: 'one', total: '10' }], [{ id: '3', note: 'three', total: '3' }]];
  const of = { generation: 2, lsn: 120n, createdAt: '2026-01-01T00:00:20Z' };
  await lake.copy(orders, of, copy, { done: false });
  await lake.batch([await lake.file(orders, [change('U', 30, { id: '1', note: undefined, total: '30' })])]);
  await bench.settle();
  expect(await freeze('during', ['public.orders__history'])).toEqual(['public.orders__history']);
  const during = ['1 one 1 - 10 copy', '1 one 10 10 30 update', '1 one 30 30 - update', '2 two 2 - - copy'];
  expect(await versions(bench, 'during_public.orders')).toEqual(during);
  expect(await views('during')).toEqual([{ name: 'orders__at' }, { name: 'orders__history' }]);

  await lake.copy(orders, of, copy, { from: 2 });
  await bench.settle();
  await freeze('late');
  expect(await versions(bench, 'late_public.orders')).toEqual([
    ...during.slice(0, 3),
    '2 two 2 - 20 copy',
    '2 - - 20 20 delete',
    '3 three 3 20 - copy',
  ]);
  expect(await versions(bench, 'during_public.orders')).toEqual(during);
  expect(await versions(bench, 'early_public.orders')).toEqual(early);
  expect(await at(bench, 15, 'early_public')).toEqual(['1 one 10', '2 two 2']);
  await expect(at(bench, -1, 'early_public')).rejects.toThrow('the history of early_public.orders reaches back to 2026-01-01T00:00:00Z');

  expect(await freeze('early', ['public.orders'])).toEqual(['public.orders', 'public.orders__history']);
  expect(await views('early')).toHaveLength(4);
  await putRequest(lake.store, { kind: 'drop-freeze', name: 'early', warehouseId: WAREHOUSE_ID });
  await bench.settle();
  expect(await views('early')).toEqual([]);
});

test('versions that were closed longer ago than a history is kept are dropped', async () => {
  await using bench = await begun({ 'public.orders': 86_400_000 });
  const { lake } = bench;
  await lake.batch([
    await lake.file(orders, [
      change('U', 10, { id: '1', note: undefined, total: '10' }),
      change('D', 20, { id: '2', note: null, total: null }),
      change('U', 30, { id: '1', note: undefined, total: '20' }),
    ]),
  ]);
  await bench.settle();
  await turnUntilIdle(await bench.start());
  expect(await versions(bench)).toEqual(['1 one 20 30 - update']);
  await expect(at(bench, 15)).rejects.toThrow('reaches back to');
});
