import { describe, expect, test } from 'vitest';
import { putRequest, readStage } from '../lake/control.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { EMBEDDED_OR_EVERY, PLACES } from '../test/support/warehouse/places.ts';
import type { Place } from '../test/support/warehouse/places.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' }, n: { kind: 'int4' } } as const;
const debits = tableSchema({ oid: 5001, name: 'debits', columns: COLUMNS, key: ['id'] });
const credits = tableSchema({ oid: 5002, name: 'credits', columns: COLUMNS, key: ['id'] });

const FROZEN_STORAGES = "SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 'frozen%' ORDER BY name";
const FROZEN_VIEWS = "SELECT database || '.' || name AS view FROM system.tables WHERE database LIKE '%\\_public' ORDER BY view";
const DATABASES = "SELECT name FROM system.databases WHERE name LIKE '%\\_public'";

const freeze = (bench: WarehouseBench, name: string, tables: string[] | null = null): Promise<string> =>
  putRequest(bench.lake.store, { kind: 'freeze', name, tables, warehouseId: WAREHOUSE_ID });
const drop = (bench: WarehouseBench, name: string): Promise<string> =>
  putRequest(bench.lake.store, { kind: 'drop-freeze', name, warehouseId: WAREHOUSE_ID });
const answer = (bench: WarehouseBench, id: string) => readStage(bench.lake.store, { id, stage: 'done' });

/** Two live tables, each with one row of 100. */
async function twoTables(bench: WarehouseBench): Promise<void> {
  for (const schema of [debits, credits]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1', n: '100' }]]);
  await bench.lake.batch([], { to: 15n });
  await bench.settle();
}

/** Moves an amount from `debits` to `credits` in one transaction. */
async function moveAmount(bench: WarehouseBench, lsn: bigint, amount: number): Promise<void> {
  await bench.lake.batch([
    await bench.lake.file(debits, [{ op: 'U', lsn, ordinal: 1, row: { id: '1', n: String(100 - amount) } }]),
    await bench.lake.file(credits, [{ op: 'U', lsn, ordinal: 2, row: { id: '1', n: String(100 + amount) } }]),
  ]);
}

describe.each(EMBEDDED_OR_EVERY)('on $name', ({ open }) => {
  test('a freeze shows all live tables at one LSN while the front goes on, moves under its name and goes when it is dropped', async () => {
    await using bench = await open();
    await twoTables(bench);
    const compactor = await bench.start();
    await turnUntilIdle(compactor);
    const first = await freeze(bench, 'nightly');
    await turnUntilIdle(compactor);
    expect(await answer(bench, first)).toEqual({
      ok: true,
      frozen: {
        name: 'nightly',
        lsn: '0/F',
        asOf: '2026-01-01T00:00:01.000000Z',
        databases: ['nightly_public'],
        tables: ['public.credits', 'public.debits'],
        leftOut: [],
      },
    });
    await moveAmount(bench, 20n, 30);
    await turnUntilIdle(compactor);
    const both = 'SELECT d.n AS d, c.n AS c FROM nightly_public.debits AS d, nightly_public.credits AS c';
    expect(await bench.rows(both)).toEqual([{ d: 100, c: 100 }]);
    expect(await bench.rows('SELECT n FROM public.debits')).toEqual([{ n: 70 }]);
    expect(await bench.rows('SELECT n, length(_tr_exact) AS e FROM nightly_public.debits__exact')).toEqual([{ n: 100, e: '0' }]);
    const second = await freeze(bench, 'nightly', ['public.credits', 'public.gone']);
    await turnUntilIdle(compactor);
    expect(await answer(bench, second)).toMatchObject({
      ok: true,
      frozen: { lsn: '0/15', tables: ['public.credits'], leftOut: [{ table: 'public.gone', state: 'dropped' }] },
    });
    expect(await bench.rows('SELECT n FROM nightly_public.credits')).toEqual([{ n: 130 }]);
    expect(await bench.rows(FROZEN_VIEWS)).toEqual([{ view: 'nightly_public.credits' }, { view: 'nightly_public.credits__exact' }]);
    await turnUntilIdle(compactor);
    expect(await bench.rows(FROZEN_STORAGES)).toHaveLength(1);
    const dropped = await drop(bench, 'nightly');
    const unknown = await drop(bench, 'never');
    await turnUntilIdle(compactor);
    await turnUntilIdle(compactor);
    expect(await answer(bench, dropped)).toEqual({ ok: true });
    expect(await answer(bench, unknown)).toMatchObject({ ok: false, code: 'BAD_ARGUMENT' });
    expect(await bench.rows(FROZEN_STORAGES)).toEqual([]);
    expect(await bench.rows(DATABASES)).toEqual([]);
  });

  test('a freeze outlives a restart, a new copy of its table, a dropped table and a rebuild', async () => {
    await using bench = await open();
    await twoTables(bench);
    const compactor = await bench.start();
    await turnUntilIdle(compactor);
    await freeze(bench, 'kept');
    await turnUntilIdle(compactor);
    const frozen = 'SELECT sum(n) AS n FROM (SELECT n FROM kept_public.debits UNION ALL SELECT n FROM kept_public.credits)';
    await moveAmount(bench, 20n, 30);
    await bench.lake.copy(debits, { generation: 2, lsn: 30n }, [[{ id: '1', n: '1' }]]);
    await bench.lake.batch([], { to: 40n, catalog: [{ kind: 'dropped', table: 'public.credits', tableId: credits.tableId }] });
    await bench.settle();
    expect(await bench.rows('SELECT n FROM public.debits')).toEqual([{ n: 1 }]);
    expect(await bench.rows(frozen)).toEqual([{ n: '200' }]);
    await putRequest(bench.lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
    await bench.settle();
    await bench.settle();
    expect(await bench.rows(frozen)).toEqual([{ n: '200' }]);
    expect(await bench.rows(FROZEN_STORAGES)).toHaveLength(2);
  });
});

test('names that belong to others are refused, and so is a freeze of tables that are not live', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  await bench.engine.exec('CREATE DATABASE mine_public');
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  const taken = await freeze(bench, 'mine');
  const none = await freeze(bench, 'none', ['public.gone']);
  await turnUntilIdle(compactor);
  expect(await answer(bench, taken)).toEqual({
    ok: false,
    code: 'BAD_ARGUMENT',
    error: 'a freeze "mine" would need the database mine_public, which exists and is not of a freeze',
  });
  expect(await answer(bench, none)).toEqual({
    ok: false,
    code: 'TABLE_NOT_LIVE',
    error: 'no table can be frozen: public.gone is dropped',
  });
  expect(await bench.rows(FROZEN_STORAGES)).toEqual([]);
});

/** Moves a freeze, broken off in a round; whether it came to that. */
async function brokenOff(bench: WarehouseBench, { failure }: Place, round: number): Promise<boolean> {
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  await turnUntilIdle(compactor);
  const id = await freeze(bench, 'again');
  const failed = await engine.breakOff(failure(round), () => turnUntilIdle(compactor));
  const sums = "SELECT sum(n) AS n, count() AS tables FROM merge('again_public', '^(debits|credits)$')";
  // One round after the other: before the first one there is nothing.
  if (round > 0) expect(await bench.rows(sums)).toEqual([{ n: '200', tables: '2' }]);
  await bench.settle();
  await bench.settle();
  expect(await answer(bench, id)).toMatchObject({ ok: true });
  expect(await bench.rows(sums)).toEqual([{ n: '200', tables: '2' }]);
  expect(await bench.rows(FROZEN_STORAGES)).toHaveLength(2);
  expect(await bench.rows(FROZEN_VIEWS)).toHaveLength(4);
  return failed;
}

describe.each(PLACES)('on $name', (place) => {
  test('a freeze that is broken off at any statement is the old or the new one, and nothing else is left', async () => {
    await using bench = await place.open();
    await twoTables(bench);
    let round = 0;
    while (await brokenOff(bench, place, round)) round += 1;
    expect(round * place.stride).toBeGreaterThan(6);
  }, 600_000);

  test('a freeze whose dropping is broken off at any statement is gone after the next start', async () => {
    await using bench = await place.open();
    await twoTables(bench);
    let failed = true;
    let rounds = 0;
    for (; failed; rounds += 1) {
      const engine = bench.failing();
      const compactor = await bench.start(engine);
      await freeze(bench, 'gone');
      await turnUntilIdle(compactor);
      await turnUntilIdle(compactor);
      const id = await drop(bench, 'gone');
      failed = await engine.breakOff(place.failure(rounds), () => turnUntilIdle(compactor));
      await bench.settle();
      await bench.settle();
      await bench.settle();
      expect(await answer(bench, id)).not.toBeNull();
      expect(await bench.rows(FROZEN_STORAGES)).toEqual([]);
      expect(await bench.rows(DATABASES)).toEqual([]);
    }
    expect(rounds * place.stride).toBeGreaterThan(5);
  }, 600_000);
});

test('a freeze waits until tables that a broken-off window has left ahead are at the front again', async () => {
  // One table after the other, so that one of the statements leaves the first one ahead.
  await using bench = await warehouseBench({ parallel: 1 });
  await twoTables(bench);
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  await turnUntilIdle(compactor);
  let torn = false;
  for (let after = 0; !torn && after < 10; after += 1) {
    await moveAmount(bench, BigInt(100 + after), after + 1);
    await engine.breakOff({ after, ran: true }, () => turnUntilIdle(compactor));
    const [now] = await bench.rows<{ d: number; c: number }>('SELECT d.n AS d, c.n AS c FROM public.debits AS d, public.credits AS c');
    torn = (now?.d ?? 0) + (now?.c ?? 0) !== 200;
  }
  expect(torn).toBe(true);
  const id = await freeze(bench, 'whole');
  await bench.settle();
  await bench.settle();
  expect(await answer(bench, id)).toMatchObject({ ok: true });
  expect(await bench.rows("SELECT sum(n) AS n FROM merge('whole_public', '^(debits|credits)$')")).toEqual([{ n: '200' }]);
}, 120_000);
