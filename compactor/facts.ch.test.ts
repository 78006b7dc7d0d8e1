import { describe, expect, test } from 'vitest';
import type { CatalogEvent } from '../lake/manifest.ts';
import type { Position } from '../lake/readers.ts';
import type { Failure } from '../test/support/warehouse/failing-engine.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { PLACES } from '../test/support/warehouse/places.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' } } as const;

function table(oid: number, name: string, epoch = 1): ReturnType<typeof tableSchema> {
  return tableSchema({ oid, name: `${name}${oid}`, columns: COLUMNS, key: ['id'], epoch });
}

function fact(kind: CatalogEvent['kind'], schema: ReturnType<typeof table>): CatalogEvent {
  return { kind, table: `public.${schema.name}`, tableId: schema.tableId };
}

function statesOf({ tables }: Position): Record<string, string> {
  return Object.fromEntries(tables.map(({ table: name, state }) => [name, state]));
}

/**
 * Facts about tables without windows in one batch with rows of a live table, broken off somewhere;
 * returns whether it came to that.
 */
async function told(bench: WarehouseBench, oid: number, failure: Failure): Promise<boolean> {
  const { lake } = bench;
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const lsn = BigInt(oid) * 1000n;
  const live = table(oid, 'live');
  const parked = table(oid + 1, 'parked');
  const waiting = table(oid + 2, 'waiting');
  const misfit = table(oid + 3, 'misfit');
  const added = table(oid + 4, 'added');
  for (const schema of [live, parked]) await lake.copy(schema, { generation: 1, lsn }, [[{ id: '1' }]]);
  await lake.batch([], { to: lsn, catalog: [fact('published', waiting), fact('published', misfit)] });
  await turnUntilIdle(compactor);
  await lake.batch([await lake.file(parked, [{ op: 'I', lsn: lsn + 1n, ordinal: 1, row: { id: '2' } }], 5)]);
  await turnUntilIdle(compactor);
  expect(statesOf(await bench.position())).toMatchObject({ [`public.${parked.name}`]: 'parked', [`public.${waiting.name}`]: 'waiting' });

  await lake.batch([await lake.file(live, [{ op: 'I', lsn: lsn + 10n, ordinal: 1, row: { id: '2' } }])], {
    catalog: [fact('dropped', parked), fact('dropped', waiting), fact('held', misfit), fact('published', added)],
  });
  const failed = await engine.breakOff(failure, () => turnUntilIdle(compactor));
  const after = await bench.settle();
  expect(statesOf(after)).toMatchObject({
    [`public.${live.name}`]: 'live',
    [`public.${parked.name}`]: 'dropped',
    [`public.${waiting.name}`]: 'dropped',
    [`public.${misfit.name}`]: 'parked',
    [`public.${added.name}`]: 'waiting',
  });
  expect(await bench.rows(`SELECT name FROM system.tables WHERE database = 'public' AND name = '${parked.name}'`)).toEqual([]);
  return failed;
}

describe.each(PLACES)('on $name', ({ open, failure, stride }) => {
  test('a crash at any statement, run or not, loses no fact of a batch about a table without a window', async () => {
    await using bench = await open();
    let round = 0;
    while (await told(bench, 3000 + 5 * round, failure(round))) round += 1;
    expect(round * stride).toBeGreaterThan(6);
  }, 300_000);
});

test('a table that is dropped after the batch in which its catch-up fails is removed', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const live = table(1, 'live');
  const late = table(2, 'late');
  await lake.copy(live, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.settle();
  await lake.batch([await lake.file(late, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2' } }], 5)]);
  await lake.batch([], { to: 30n, catalog: [fact('dropped', late)] });
  await bench.settle();
  await lake.copy(late, { generation: 1, lsn: 15n }, [[{ id: '1' }]]);
  const { tables } = await bench.settle();
  expect(tables).toMatchObject([
    { table: 'public.live1', state: 'live' },
    { table: 'public.late2', state: 'dropped' },
  ]);
});

test('a table that was dropped before a new epoch began is removed', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const went = table(1, 'went');
  const kept = table(2, 'kept');
  for (const schema of [went, kept]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await lake.batch([], { to: 20n });
  await bench.settle();
  await lake.batch([], { to: 30n, epoch: 2, catalog: [fact('dropped', went)] });
  const { tables } = await bench.settle();
  expect(tables).toMatchObject([
    { table: 'public.went1', state: 'dropped' },
    { table: 'public.kept2', state: 'waiting' },
  ]);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'public' AND name NOT LIKE '%exact'")).toEqual([
    { name: 'kept2' },
  ]);
});

test('a table that is dropped before its copy of a new epoch is loaded is removed', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const [went, kept] = [table(1, 'went'), table(2, 'kept')];
  for (const schema of [went, kept]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await lake.batch([], { to: 20n });
  await bench.settle();
  const next = table(1, 'went', 2);
  await lake.batch([], { to: 30n, epoch: 2, catalog: [fact('published', next), fact('published', table(2, 'kept', 2))] });
  await bench.settle();
  await lake.batch([], { to: 40n, epoch: 2, catalog: [fact('dropped', next)] });
  const { tables } = await bench.settle();
  expect(tables.filter(({ state }) => state !== 'dropped').map(({ table: name }) => name)).toEqual(['public.kept2']);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'public' AND name NOT LIKE '%exact'")).toEqual([
    { name: 'kept2' },
  ]);
});
