import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BaseLog, readBaseChunk } from '../../lake/bases/base-log.ts';
import type { BaseChunk } from '../../lake/bases/base-log.ts';
import { listGenerations, putChunk, putDone, putPlan } from '../../lake/snapshot-log.ts';
import type { TableSchema } from '../../core/table.ts';
import { everyKind } from '../../test/statements/every-kind.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { writeBase } from '../../test/support/warehouse/base-bench.ts';
import { isSpread } from '../../warehouse/cluster/shards.ts';
import { EMBEDDED_OR_EVERY } from '../../test/support/warehouse/places.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

let bench: WarehouseBench;

async function chunksOf(tableId: string, n: number): Promise<BaseChunk[]> {
  const base = await new BaseLog(bench.lake.store).read({ tableId, n });
  const numbers = Array.from({ length: base?.done.chunks ?? 0 }, (_, index) => index + 1);
  return (await Promise.all(numbers.map((chunk) => readBaseChunk(bench.lake.store, { tableId, n }, chunk)))).filter((one) => one !== null);
}

/** Loads a base by the loader of copies: as the next copy of its table. */
async function loadAsCopy(schema: TableSchema, n: number): Promise<void> {
  const { store } = bench.lake;
  const { tableId } = schema;
  const copies = (await listGenerations(store)).filter((copy) => copy.tableId === tableId);
  const [last] = copies.slice(-1);
  const base = await new BaseLog(store).read({ tableId, n });
  if (last === undefined || base === null) throw new Error('nothing to load');
  const of = { tableId, generation: last.generation + 1 };
  await putPlan(store, { ...last.plan, ...of, schema: base.plan.schema, consistentPoint: base.plan.consistentPoint });
  for (const { chunk, path, rows, bytes, checksum, nulls } of await chunksOf(tableId, n))
    await putChunk(store, {
      ...of,
      n: chunk,
      path,
      rows,
      bytes,
      checksum,
      range: { leafOid: 1, from: chunk, to: null },
      ...(nulls && { nulls }),
    });
  await putDone(store, { ...of, chunks: base.done.chunks, rows: base.done.rows });
  await bench.settle();
}

const shown = async (name: string): Promise<object[]> => bench.rows(`SELECT * FROM public.\`${name}__exact\` ORDER BY ALL`);

const EXTREMES: readonly (readonly [string, Parameters<typeof tableSchema>[0]['columns'][string], readonly string[]])[] = [
  ['days', { kind: 'date' }, ['-infinity', '1900-01-01', '2299-12-31', '2300-06-01', 'infinity']],
  [
    'moments',
    { kind: 'timestamptz' },
    ['-infinity', '1900-01-01 00:00:00+00', '2300-01-01 00:00:00.5+00', '100000-01-01 00:00:00+00', 'infinity'],
  ],
  ['halves', { kind: 'float8' }, ['-Infinity', '-1.5', '0', '1e-300', '1.7976931348623157e+308', 'Infinity', 'NaN']],
  ['small', { kind: 'float4' }, ['NaN', '0.1', '-3.4028235e+38']],
  ['digits', { kind: 'numeric', precision: 76, scale: 38, unbounded: true }, ['NaN', '-1.5', `1${'0'.repeat(60)}`, '0.1']],
  ['bytes', { kind: 'bytea' }, ['\\x', '\\x00', '\\xff00', '\\x275c']],
  ['words', { kind: 'text' }, ['', "it's", 'a\\b', '{1,2}', '🙂', 'Z']],
];

function eventOf(at: number): { at: string; what: string } {
  return { at: String(at), what: `${Math.sin(at)} ${Math.cos(at)}` };
}

/** A text that does not become much smaller. */
function noiseOf(id: number): string {
  return Array.from({ length: 40 }, (_, index) => Math.sin(id * 100 + index)).join(' ');
}

describe.each(EMBEDDED_OR_EVERY)('on $name', ({ open }) => {
  beforeAll(async () => {
    bench = await open();
  }, 120_000);
  afterAll(() => bench[Symbol.asyncDispose]());

  test('a base has the current rows of a table: it is read back, done, and the same when it is loaded', async () => {
    const t = tableSchema({ oid: 5001, name: 't', columns: { id: { kind: 'int8' }, note: { kind: 'text' } }, key: ['id'] });
    const { lake } = bench;
    await lake.copy(t, { generation: 1, lsn: 10n }, [Array.from({ length: 50 }, (_, id) => ({ id: String(id), note: `row ${id}` }))]);
    await lake.batch([
      await lake.file(t, [
        { op: 'U', lsn: 20n, ordinal: 1, row: { id: '7', note: null } },
        { op: 'D', lsn: 20n, ordinal: 2, row: { id: '8', note: null } },
        { op: 'I', lsn: 30n, ordinal: 1, row: { id: '99', note: 'new' } },
      ]),
    ]);
    await bench.settle();
    const outcome = await writeBase(bench, 't', { rows: 20 });
    expect(outcome).toMatchObject({ kind: 'done', n: 1, rows: 50 });
    const base = await new BaseLog(lake.store).read({ tableId: t.tableId, n: 1 });
    expect(base).toMatchObject({ plan: { manifest: 1, generation: 1, from: null }, done: { rows: 50 }, proof: null });
    const chunks = await chunksOf(t.tableId, 1);
    // Of several shards, the least of their keys ends a chunk.
    if (isSpread(bench.engine)) expect(chunks.map(({ rows }) => rows > 0 && rows <= 21)).not.toContain(false);
    else
      expect(chunks.map(({ minKey, maxKey, rows }) => [minKey, maxKey, rows])).toEqual([
        [['0'], ['20'], 20],
        [['21'], ['40'], 20],
        [['41'], ['99'], 10],
      ]);
    expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 'clone%'")).toEqual([]);
    const before = await shown('t');
    await loadAsCopy(t, 1);
    expect(await shown('t')).toEqual(before);
    expect(before).toHaveLength(50);
  });

  test('values of every kind, arrays of them and their exact texts come back, in keys and without one', async () => {
    const { lake } = bench;
    const samples = Object.values(everyKind());
    for (const { schema, row } of samples) {
      const nothing = Object.fromEntries(schema.columns.map(({ id, name }) => [name, schema.key.includes(id) ? row[name] : null]));
      const rows = schema.identity === 'key' ? [schema.name === 'keyed' ? { ...nothing, id: '2' } : row] : [row, row, nothing];
      await lake.copy(schema, { generation: 1, lsn: 10n }, [schema.name === 'keyed' ? [row, ...rows] : rows]);
    }
    await lake.batch([], { to: 100n });
    await bench.settle();
    for (const { schema } of samples) {
      const before = await shown(schema.name);
      expect(await writeBase(bench, schema.name, { rows: 1 })).toMatchObject({ kind: 'done', rows: before.length });
      await loadAsCopy(schema, 1);
      expect(await shown(schema.name)).toEqual(before);
    }
  });

  test.each(EXTREMES)('extreme keys are cut, taken over and loaded as they are: %s', async (name, type, values) => {
    const { lake } = bench;
    const schema = tableSchema({
      oid: 5100 + EXTREMES.findIndex(([one]) => one === name),
      name,
      columns: { k: type, part: { kind: 'int4' }, note: { kind: 'text' } },
      key: ['k', 'part'],
    });
    const rows = values.flatMap((k) => [1, 2].map((part) => ({ k, part: String(part), note: `${k} ${part}` })));
    await lake.copy(schema, { generation: 1, lsn: 10n }, [rows]);
    await lake.batch([], { to: 1000n + BigInt(schema.oid) });
    await bench.settle();
    const first = await writeBase(bench, name, { rows: 1 });
    expect(first).toMatchObject({ kind: 'done', rows: rows.length });
    await lake.batch([]);
    await bench.settle();
    const second = await writeBase(bench, name, { rows: 1 });
    expect(second).toMatchObject({ kind: 'done', n: 2, rows: rows.length, written: 0 });
    const before = await shown(name);
    await loadAsCopy(schema, 2);
    expect(await shown(name)).toEqual(before);
    expect(before).toHaveLength(rows.length);
  });

  test('a table that is only added to writes its new rows alone', async () => {
    const { lake } = bench;
    const schema = tableSchema({
      oid: 5201,
      name: 'events',
      columns: { at: { kind: 'int8' }, what: { kind: 'text' } },
      identity: 'append',
    });
    await lake.copy(schema, { generation: 1, lsn: 10n }, [
      Array.from({ length: 10_000 }, (_, at) => eventOf(at)),
      [eventOf(0), eventOf(0)],
    ]);
    await lake.batch([], { to: 20_000n });
    await bench.settle();
    const first = await writeBase(bench, 'events', { rows: 4_000 });
    await lake.batch([
      await lake.file(
        schema,
        Array.from({ length: 100 }, (_, index) => ({ op: 'I' as const, lsn: 20_001n, ordinal: index + 1, row: eventOf(20_000 + index) })),
      ),
    ]);
    await bench.settle();
    const second = await writeBase(bench, 'events', { rows: 4_000 });
    if (first.kind !== 'done' || second.kind !== 'done') throw new Error('not done');
    expect([first.rows, second.rows]).toEqual([10_002, 10_102]);
    expect(second.written).toBeGreaterThan(0);
    expect(second.written / first.written).toBeLessThanOrEqual(0.05);
    const before = await shown('events');
    await loadAsCopy(schema, 2);
    expect(await shown('events')).toEqual(before);
  });

  test('a table with REPLICA IDENTITY FULL has each row as often as the source', async () => {
    const { lake } = bench;
    const schema = tableSchema({ oid: 5202, name: 'loose', columns: { line: { kind: 'text' }, at: { kind: 'date' } }, identity: 'full' });
    const far = { line: 'far', at: 'infinity' };
    const rows = Array.from({ length: 300 }, (_, index) => ({ line: `line ${index % 100}`, at: null }));
    await lake.copy(schema, { generation: 1, lsn: 10n }, [[...rows, far, far, far]]);
    await lake.batch([await lake.file(schema, [{ op: 'D', lsn: 30_000n, ordinal: 1, row: far }])]);
    await bench.settle();
    expect(await writeBase(bench, 'loose', { rows: 100 })).toMatchObject({ kind: 'done', rows: 302 });
    expect((await chunksOf(schema.tableId, 1)).length).toBeGreaterThan(2);
    const before = await shown('loose');
    await loadAsCopy(schema, 1);
    expect(await shown('loose')).toEqual(before);
  });

  test('a NULL in a column that is NOT NULL is said of its chunk, and a chunk that is too large is cut', async () => {
    const { lake } = bench;
    const schema = tableSchema({
      oid: 5203,
      name: 'strict',
      columns: { id: { kind: 'int4' }, note: { kind: 'text' } },
      notNull: ['note'],
      key: ['id'],
    });
    const rows = Array.from({ length: 200 }, (_, id) => ({ id: String(id), note: id === 150 ? null : noiseOf(id) }));
    await lake.copy(schema, { generation: 1, lsn: 10n }, [rows]);
    await lake.batch([], { to: 40_000n });
    await bench.settle();
    expect(await writeBase(bench, 'strict', { bytes: 40_000 })).toMatchObject({ kind: 'done', rows: 200 });
    const chunks = await chunksOf(schema.tableId, 1);
    expect(chunks.length).toBeGreaterThan(1);
    expect(Math.max(...chunks.map(({ bytes }) => bytes))).toBeLessThanOrEqual(40_000);
    expect(chunks.filter(({ nulls }) => nulls !== undefined)).toMatchObject([{ nulls: [2] }]);
    const before = await shown('strict');
    await loadAsCopy(schema, 1);
    expect(await shown('strict')).toEqual(before);
  });

  test('an empty table has a base without chunks', async () => {
    const { lake } = bench;
    const schema = tableSchema({ oid: 5204, name: 'none', columns: { id: { kind: 'int4' } }, key: ['id'] });
    await lake.copy(schema, { generation: 1, lsn: 10n }, [[]]);
    await lake.batch([], { to: 50_000n });
    await bench.settle();
    expect(await writeBase(bench, 'none')).toMatchObject({ kind: 'done', rows: 0, bytes: 0 });
  });
});
