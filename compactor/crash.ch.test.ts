import { describe, expect, test } from 'vitest';
import type { CatalogEvent } from '../lake/manifest.ts';
import { literalCh } from '../warehouse/names.ts';
import type { Change } from '../test/support/change-file.ts';
import type { Failure } from '../test/support/warehouse/failing-engine.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { PLACES_AND_CLUSTER } from '../test/support/warehouse/places.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' }, n: { kind: 'int4' }, body: { kind: 'text' } } as const;

function rekey(lsn: bigint, from: string, to: string): Change[] {
  return [
    { op: 'D', lsn, ordinal: 1, row: { id: from, n: null, body: null }, keyChange: true },
    { op: 'U', lsn, ordinal: 2, row: { id: to, n: '1', body: undefined } },
  ];
}

/**
 * Two tables' windows in one settling, broken off somewhere; returns whether it came to that. The
 * tables of the last time are dropped.
 */
async function live(bench: WarehouseBench, oid: number, failure: Failure): Promise<boolean> {
  const { lake } = bench;
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const lsn = BigInt(oid) * 1000n;
  const kept = tableSchema({ oid, name: `kept${oid}`, columns: COLUMNS, key: ['id'] });
  const renamed = { ...kept, name: `renamed${oid}` };
  const emptied = tableSchema({ oid: oid + 1, name: `emptied${oid}`, columns: COLUMNS, key: ['id'] });
  for (const schema of [kept, emptied]) {
    await lake.copy(schema, { generation: 1, lsn }, [[1, 2, 3, 4].map((id) => ({ id: String(id), n: '0', body: `body ${id}` }))]);
  }
  const dropped = [oid - 2, oid - 1].map((old): CatalogEvent => ({ kind: 'dropped', table: 'public.old', tableId: `${old}_1` }));
  await lake.batch([], { to: lsn, catalog: dropped });
  await turnUntilIdle(compactor);
  await lake.batch([
    await lake.file(kept, [
      { op: 'U', lsn: lsn + 1n, ordinal: 1, row: { id: '1', n: '5', body: undefined } },
      { op: 'I', lsn: lsn + 1n, ordinal: 2, row: { id: '9', n: '9', body: 'nine' } },
    ]),
    await lake.file(kept, [...rekey(lsn + 2n, '1', '8'), ...rekey(lsn + 3n, '2', '1'), ...rekey(lsn + 4n, '8', '2')]),
    await lake.file(renamed, rekey(lsn + 5n, '3', '7')),
    await lake.file(emptied, [
      ...rekey(lsn + 10n, '4', '5'),
      { op: 'T', lsn: lsn + 11n, ordinal: 1, row: {} },
      { op: 'I', lsn: lsn + 12n, ordinal: 1, row: { id: '1', n: '1', body: 'first' } },
      ...rekey(lsn + 13n, '1', '2'),
    ]),
  ]);
  const failed = await engine.breakOff(failure, () => turnUntilIdle(compactor));
  await bench.settle();
  const bodies = await bench.rows<{ id: number; body: string }>(`SELECT id, body FROM public.${renamed.name} ORDER BY id`);
  expect(bodies.map(({ id, body }) => `${id} ${body}`)).toEqual(['1 body 2', '2 body 1', '4 body 4', '7 body 3', '9 nine']);
  expect(await bench.rows(`SELECT id, body FROM public.${emptied.name}`)).toEqual([{ id: 2, body: 'first' }]);
  const left = await bench.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE (database = 'public' OR match(name, '^(t[0-9]|staging)')) AND NOT name LIKE '%exact' ORDER BY name",
  );
  expect(left.map(({ name }) => name.split('_')[0])).toEqual([emptied.name, renamed.name, `t${oid}`, `t${oid + 1}`]);
  return failed;
}

describe.each(PLACES_AND_CLUSTER)('on $name', ({ open, failure, stride }) => {
  test('after a crash at any statement, run or not, the next start makes the tables equal to the source and leaves nothing else', async () => {
    await using bench = await open();
    let round = 0;
    while (await live(bench, 8000 + 2 * round, failure(round))) round += 1;
    expect(round * stride).toBeGreaterThan(25);
  }, 600_000);
});

/** A staged step as the version before wrote it; null: the generation has none. */
function packed(record: string): string | null {
  const { staged, ...rest } = JSON.parse(record) as { staged: { [part: string]: string | null } | '' };
  if (staged === '') return null;
  const { staging, storage, files, from, before, truncate } = staged;
  const step = `${storage}:${files}:${from}-${before ?? ''}${truncate === null ? '' : `:${truncate}`}`;
  return JSON.stringify({ ...rest, staged: `${staging}|${step}` });
}

/**
 * A key change broken off somewhere, in a warehouse of the version before. Whether the step was
 * staged then; null: it did not come to that.
 */
async function olderState(bench: WarehouseBench, oid: number, failure: Failure): Promise<boolean | null> {
  const { lake } = bench;
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const lsn = BigInt(oid) * 1000n;
  const table = tableSchema({ oid, name: `older${oid}`, columns: COLUMNS, key: ['id'] });
  await lake.copy(table, { generation: 1, lsn }, [[1, 2].map((id) => ({ id: String(id), n: '0', body: `body ${id}` }))]);
  await lake.batch([], { to: lsn });
  await turnUntilIdle(compactor);
  await lake.batch([await lake.file(table, [...rekey(lsn + 2n, '1', '8'), ...rekey(lsn + 3n, '2', '1'), ...rekey(lsn + 4n, '8', '2')])]);
  const failed = await engine.breakOff(failure, () => turnUntilIdle(compactor));
  const of = `table_id = '${table.tableId}' AND generation = 1`;
  const [saved] = await bench.rows<{ record: string }>(`SELECT record FROM tailrace.generations FINAL WHERE ${of}`);
  const record = packed(saved?.record ?? '');
  if (record !== null)
    await bench.engine.exec(
      `INSERT INTO tailrace.generations SELECT * REPLACE (${literalCh(record)} AS record, seq + 1 AS seq) FROM tailrace.generations FINAL WHERE ${of}`,
    );
  await bench.settle();
  expect(await bench.rows(`SELECT id, body FROM public.${table.name} ORDER BY id`)).toEqual([
    { id: 1, body: 'body 2' },
    { id: 2, body: 'body 1' },
  ]);
  return failed ? record !== null : null;
}

test('a step that the version before had staged is not resolved again, wherever it was broken off', async () => {
  await using bench = await warehouseBench();
  const staged: boolean[] = [];
  for (let after = 0; ; after += 1) {
    const was = await olderState(bench, 9000 + after, { after, ran: true });
    if (was === null) break;
    staged.push(was);
  }
  expect(staged.filter(Boolean).length).toBeGreaterThan(1);
}, 600_000);
