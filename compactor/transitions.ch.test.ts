import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Column, TableSchema } from '../core/table.ts';
import { openRequests, putRequest, putStage, readStage } from '../lake/control.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { PLACES } from '../test/support/warehouse/places.ts';

const items = tableSchema({
  oid: 2001,
  name: 'items',
  columns: { id: { kind: 'int4' }, size: { kind: 'int2' }, name: { kind: 'text' } },
  key: ['id'],
});
const loose = tableSchema({
  oid: 2003,
  name: 'loose',
  columns: { id: { kind: 'int4' }, size: { kind: 'int2' }, name: { kind: 'text' } },
  identity: 'full',
});
const others = tableSchema({ oid: 2002, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });

type Changes = Readonly<Record<string, Partial<Column> | null>>;

/** A table with columns changed by name; null: gone. */
function altered(table: TableSchema, changes: Changes, more: Partial<TableSchema> = {}): TableSchema {
  const columns = table.columns.filter(({ name }) => changes[name] !== null).map((column) => ({ ...column, ...changes[column.name] }));
  return { ...table, ...more, columns };
}

async function insert(lake: LakeWriter, schema: TableSchema, lsn: bigint, row: Record<string, string | null>): Promise<void> {
  await lake.batch([await lake.file(schema, [{ op: 'I', lsn, ordinal: 1, row }])]);
}

describe.each(PLACES)('on $name', ({ open }) => {
  test('columns that come, go, get wider or another name change the view and not the rows', async () => {
    await using bench = await open();
    const { lake } = bench;
    const measured = altered(items, { size: { type: { kind: 'numeric', precision: 5, scale: 0 } } });
    await lake.copy(measured, { generation: 1, lsn: 10n }, [[{ id: '1', size: '5', name: 'one' }]]);
    await bench.settle();
    const text = { typeOid: 25, typmod: -1, typeName: 'text', type: { kind: 'text' } } as const;
    const color = { ...text, id: 4, attnum: 4, name: 'color', field: 'color', missing: "it's red" };
    const added = { ...measured, columns: [...measured.columns, color] };
    await insert(lake, added, 20n, { id: '2', size: '6', name: 'two', color: null });
    await bench.settle();
    expect(await bench.rows('SELECT * FROM public.items ORDER BY id')).toEqual([
      { id: 1, size: '5', name: 'one', color: "it's red" },
      { id: 2, size: '6', name: 'two', color: null },
    ]);
    const changed = altered(
      added,
      { size: { name: 'weight', field: 'weight', type: { kind: 'numeric', precision: 12, scale: 0 } }, name: null },
      { name: 'goods' },
    );
    await insert(lake, changed, 30n, { id: '3', weight: '9000000000', color: 'blue' });
    await bench.settle();
    expect(await bench.rows('SELECT * FROM public.goods ORDER BY id')).toEqual([
      { id: 1, weight: '5', color: "it's red" },
      { id: 2, weight: '6', color: null },
      { id: 3, weight: '9000000000', color: 'blue' },
    ]);
    expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'public' ORDER BY name")).toEqual([
      { name: 'goods' },
      { name: 'goods__exact' },
    ]);
    expect(await bench.rows('SELECT table, state FROM tailrace.freshness')).toEqual([{ table: 'public.goods', state: 'live' }]);
  });

  test('an array that is added is NULL in older rows, not empty, also where whole rows are compared', async () => {
    await using bench = await open();
    const { lake } = bench;
    const texts = { typeOid: 1009, typmod: -1, typeName: 'text[]', type: { kind: 'array', element: { kind: 'text' } } } as const;
    const tags = { ...texts, id: 4, attnum: 4, name: 'tags', field: 'tags', missing: null };
    for (const [table, lsn] of [
      [items, 20n],
      [loose, 30n],
    ] as const) {
      await lake.copy(table, { generation: 1, lsn: 10n }, [
        [
          { id: '1', size: '5', name: 'one' },
          { id: '2', size: '6', name: 'two' },
        ],
      ]);
      await bench.settle();
      const added = { ...table, columns: [...table.columns, tags] };
      await insert(lake, added, lsn, { id: '3', size: '7', name: 'three', tags: '{}' });
      await bench.settle();
      const seen = await bench.rows(`SELECT id, tags, _tr_exact FROM public.${table.name}__exact ORDER BY id`);
      expect(seen, table.name).toEqual([
        { id: 1, tags: [], _tr_exact: { tags: null } },
        { id: 2, tags: [], _tr_exact: { tags: null } },
        { id: 3, tags: [], _tr_exact: {} },
      ]);
    }
  });

  test('a schema that no change in place leads to stops the table readable, asks for a copy once, and the copy goes on', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', size: '5', name: 'one' }]]);
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await bench.settle();
    const retyped = altered(items, { size: { type: { kind: 'text' } } });
    await insert(lake, retyped, 20n, { id: '2', size: 'big', name: 'two' });
    await insert(lake, others, 30n, { id: '2' });
    await bench.settle();
    const stopped = await bench.settle();
    expect(stopped.tables).toMatchObject([
      { table: 'public.items', state: 'waiting', appliedLsn: '0/0', asOf: null },
      { table: 'public.others', state: 'live', appliedLsn: '0/1F' },
    ]);
    expect(await bench.rows('SELECT id FROM public.items')).toEqual([{ id: 1 }]);
    expect(await openRequests(lake.store, ['resync'])).toMatchObject([{ table: 'public.items', tableId: items.tableId }]);
    await lake.copy(retyped, { generation: 2, lsn: 40n }, [
      [
        { id: '1', size: 'small', name: 'one' },
        { id: '2', size: 'big', name: 'two' },
      ],
    ]);
    await insert(lake, retyped, 50n, { id: '3', size: 'huge', name: 'three' });
    const live = await bench.settle();
    expect(live.tables).toMatchObject([{ table: 'public.items', state: 'live', generation: 2, appliedLsn: '0/33' }, {}]);
    expect(await bench.rows('SELECT id, size FROM public.items ORDER BY id')).toEqual([
      { id: 1, size: 'small' },
      { id: 2, size: 'big' },
      { id: 3, size: 'huge' },
    ]);
    expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 't2001%'")).toEqual([
      { name: 't2001_1_g2' },
    ]);
  });

  test('a table that the configuration does not fit is parked with the reason and readable, until its next copy; a change of its masks is one', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', size: '5', name: 'one' }]]);
    await bench.settle();
    const of = { table: 'public.items', tableId: items.tableId };
    await lake.batch([], { catalog: [{ kind: 'held', ...of, reason: 'column "hidden" would be shown' }], to: 20n });
    const parked = await bench.settle();
    expect(parked.tables).toMatchObject([
      {
        state: 'parked',
        error: { code: 'BAD_CONFIG', message: expect.stringMatching(/column "hidden" would be shown.*then copied again by itself/) },
      },
    ]);
    expect(await bench.rows('SELECT id FROM public.items')).toEqual([{ id: 1 }]);
    await lake.copy(items, { generation: 2, lsn: 30n }, [[{ id: '2', size: '5', name: 'two' }]]);
    await lake.batch([], { to: 40n });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 2, error: null }]);
    const masked = altered(items, { name: { mask: 'sha256' } });
    await insert(lake, masked, 50n, { id: '3', size: '6', name: 'digest' });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'waiting' }]);
    expect(await openRequests(lake.store, ['resync'])).toMatchObject([{ reason: 'the mask of column "name" changed' }]);
    // Also one that waits for a copy, which does not come while the configuration does not fit.
    await lake.batch([], { catalog: [{ kind: 'held', ...of, reason: 'its rows would be shown' }], to: 60n });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'parked', error: { code: 'BAD_CONFIG' } }]);
    await lake.copy(masked, { generation: 3, lsn: 70n }, [[{ id: '2', size: '5', name: 'two' }]]);
    await lake.batch([], { to: 80n });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 3, error: null }]);
  });

  test('a batch that announces another copy of its table needs no further request, unless this very copy answered it', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', size: '5', name: 'one' }]]);
    await bench.settle();
    const retyped = altered(items, { size: { type: { kind: 'text' } } });
    const file = await lake.file(retyped, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2', size: 'big', name: 'two' } }]);
    const fact = { kind: 'resync', table: 'public.items', tableId: items.tableId, reason: 'its type' } as const;
    const id = await putRequest(lake.store, fact);
    await lake.batch([file], { catalog: [fact] });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.items', state: 'waiting' }]);
    expect(await openRequests(lake.store, ['resync'])).toMatchObject([{ id }]);
    // The copy is made while the batch with its reason is still open.
    await lake.copy(retyped, { generation: 2, lsn: 100n }, [[{ id: '1', size: 'big', name: 'one' }]]);
    await putStage(lake.store, { id, stage: 'done' }, { ok: true });
    await bench.settle();
    await lake.batch([], { to: 200n, catalog: [fact] });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.items', state: 'waiting', generation: 2 }]);
    expect(await openRequests(lake.store, ['resync'])).toMatchObject([{ tableId: items.tableId, reason: 'its type' }]);
  });

  test('a table whose files do not match the manifest is parked with the reason, others continue, and its next copy makes it live', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', size: '5', name: 'one' }]]);
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await bench.settle();
    const lost = await lake.file(items, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2', size: '5', name: 'two' } }]);
    const there = await lake.file(items, [{ op: 'I', lsn: 21n, ordinal: 1, row: { id: '3', size: '5', name: 'three' } }]);
    await lake.batch([lost, there, await lake.file(others, [{ op: 'I', lsn: 22n, ordinal: 1, row: { id: '2' } }])]);
    if (lake.store.location.kind === 'directory') await rm(`${lake.store.location.path}/${lost.path}`);
    const position = await bench.settle();
    expect(position.tables).toMatchObject([
      { table: 'public.items', state: 'parked', error: { code: 'LAKE_CORRUPT' } },
      { table: 'public.others', state: 'live', error: null },
    ]);
    expect(await bench.rows('SELECT id FROM public.items')).toEqual([{ id: 1 }]);
    expect(await bench.rows('SELECT id FROM public.others ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await bench.rows("SELECT error_code FROM tailrace.freshness WHERE state = 'parked'")).toEqual([{ error_code: 'LAKE_CORRUPT' }]);
    await lake.copy(items, { generation: 2, lsn: 60n }, [[{ id: '1', size: '1', name: 'one' }]]);
    const after = await bench.settle();
    expect(after.tables).toMatchObject([{ state: 'live', generation: 2, error: null }, {}]);
  });

  test('facts of the catalog: a published table waits, a renamed one moves, a dropped one goes', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.batch([], { to: 5n, catalog: [{ kind: 'published', table: 'public.others', tableId: others.tableId }] });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.others', state: 'waiting', asOf: null }]);
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await lake.batch([], { to: 20n });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.others', state: 'live' }]);
    const renamed = { ...others, name: 'rest' };
    await lake.batch([], {
      to: 30n,
      catalog: [{ kind: 'schema', table: 'public.rest', tableId: others.tableId, schema: await lake.schema(renamed) }],
    });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.rest', state: 'live' }]);
    expect(await bench.rows('SELECT id FROM public.rest')).toEqual([{ id: 1 }]);
    await lake.batch([], { to: 40n, catalog: [{ kind: 'dropped', table: 'public.rest', tableId: others.tableId }] });
    expect((await bench.settle()).tables).toMatchObject([{ table: 'public.rest', state: 'dropped' }]);
    expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'public' OR name LIKE 't2002%'")).toEqual([]);
  });

  test("a table named like another table's exact view keeps its name, and frees it when it is dropped", async () => {
    await using bench = await open();
    const { lake } = bench;
    const taker = { ...others, oid: 2003, tableId: '2003_1', name: 'others__exact' };
    const exactColumns = async (): Promise<unknown> =>
      bench.rows(
        "SELECT groupArray(name) AS names FROM (SELECT name FROM system.columns WHERE database = 'public' AND table = 'others__exact' ORDER BY name)",
      );
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await lake.batch([], { to: 20n });
    await bench.settle();
    expect(await exactColumns()).toEqual([{ names: ['_tr_exact', 'id'] }]);
    await lake.copy(taker, { generation: 1, lsn: 25n }, [[{ id: '7' }]]);
    await lake.batch([], { to: 30n });
    await bench.settle();
    expect(await bench.rows('SELECT * FROM public.others__exact')).toEqual([{ id: 7 }]);
    await lake.copy(others, { generation: 2, lsn: 35n }, [[{ id: '2' }]]);
    await lake.batch([], { to: 40n });
    await bench.settle();
    expect(await bench.rows('SELECT (SELECT id FROM public.others) AS others, (SELECT id FROM public.others__exact) AS taker')).toEqual([
      { others: 2, taker: 7 },
    ]);
    await lake.batch([], { to: 50n, catalog: [{ kind: 'dropped', table: 'public.others__exact', tableId: taker.tableId }] });
    await bench.settle();
    expect(await exactColumns()).toEqual([{ names: ['_tr_exact', 'id'] }]);
  });

  test('a new epoch stops the tables of the old one, which stay readable until their new copies are there', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await lake.batch([], { to: 20n });
    await bench.settle();
    await lake.batch([], { to: 8n, epoch: 2 });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'waiting', appliedLsn: '0/14' }]);
    expect(await bench.rows('SELECT id FROM public.others')).toEqual([{ id: 1 }]);
    const next = { ...others, epoch: 2, tableId: '2002_2' };
    await lake.copy(next, { generation: 1, lsn: 8n }, [[{ id: '5' }]]);
    await lake.batch([await lake.file(next, [{ op: 'I', lsn: 9n, ordinal: 1, row: { id: '6' } }])], { epoch: 2 });
    expect((await bench.settle()).tables).toMatchObject([{ tableId: '2002_2', state: 'live' }]);
    expect(await bench.rows('SELECT id FROM public.others ORDER BY id')).toEqual([{ id: 5 }, { id: 6 }]);
  });

  test('a rebuild builds every table again from the lake and answers when it is done', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await insert(lake, others, 20n, { id: '2' });
    await bench.settle();
    await bench.engine.exec('INSERT INTO tailrace.t2002_1_g1 (c1, _tr_version) VALUES (99, 1)');
    const id = await putRequest(lake.store, { kind: 'rebuild' });
    await bench.settle();
    const position = await bench.settle();
    expect(await readStage(lake.store, { id, stage: 'done' })).toEqual({ ok: true });
    expect(position.tables).toMatchObject([{ state: 'live' }]);
    expect(await bench.rows('SELECT id FROM public.others ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 't2002%'")).toEqual([
      { name: 't2002_1_g1_r1' },
    ]);
  });
});
