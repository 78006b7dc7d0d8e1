import { expect, test } from 'vitest';
import { assemblyBench, readPart, testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import type { Bench } from '../../test/support/pgoutput/assembled.ts';
import { UNCHANGED, message } from '../../test/support/pgoutput/pgoutput-writer.ts';
import type { Cell } from '../../test/support/pgoutput/pgoutput-writer.ts';

const ITEMS = testTable(10, [{ name: 'id', type: { kind: 'int4' }, typeOid: 23 }, { name: 'name' }, { name: 'body' }], { key: ['id'] });
const LOOSE = testTable(11, [{ name: 'a' }, { name: 'b' }], { identity: 'full' });
const LOG = testTable(12, [{ name: 'line' }]);
const TIME_US = 1_700_000_000_123_456n;

/** The messages as one transaction with commit record 100 … 120. */
function transaction(bench: Bench, ...changes: Buffer[]): void {
  bench.feed(message.begin(100n, TIME_US, 7), ...changes, message.commit(100n, 120n, TIME_US));
}

function benchOf(...tables: (typeof ITEMS)[]): Bench {
  const bench = assemblyBench(tables);
  for (const table of tables) bench.feed(message.relation(testRelation(table)));
  return bench;
}

/** Rows of the only file, reduced to operation, ordinal and the named columns. */
function rowsOf(bench: Bench, ...columns: string[]): (string | null)[][] {
  const { parts } = bench.batch.take();
  expect(parts).toHaveLength(1);
  return parts.flatMap((part) => readPart(part).rows.map((row) => ['_tr_op', '_tr_ordinal', ...columns].map((name) => row[name] ?? null)));
}

test('a row carries its transaction: commit LSN, commit time, xid and its number in it', () => {
  const bench = benchOf(LOG);
  transaction(bench, message.insert(12, ['one']), message.insert(12, ['two']));
  const [part] = bench.batch.take().parts;
  expect(part === undefined ? [] : readPart(part).rows).toMatchObject([
    { line: 'one', _tr_op: 'I', _tr_ordinal: '1', _tr_commit_lsn: '100', _tr_xid: '7', _tr_commit_time: '2023-11-14 22:13:20.123456+00' },
    { line: 'two', _tr_op: 'I', _tr_ordinal: '2', _tr_commit_lsn: '100', _tr_xid: '7' },
  ]);
});

test('row images are numbered over all tables of a transaction and from 1 in the next', () => {
  const bench = benchOf(ITEMS, LOG);
  transaction(bench, message.insert(10, ['1', 'x', 'y']), message.insert(12, ['one']), message.insert(10, ['2', 'x', 'y']));
  bench.feed(message.begin(200n, TIME_US, 8), message.insert(12, ['two']), message.commit(200n, 220n, TIME_US));
  const { parts } = bench.batch.take();
  expect(parts.map((part) => readPart(part).rows.map((row) => [row['_tr_commit_lsn'], row['_tr_ordinal']]))).toEqual([
    [
      ['100', '1'],
      ['100', '3'],
    ],
    [
      ['100', '2'],
      ['200', '1'],
    ],
  ]);
});

const UPDATES: [string, Cell[], { kind: 'K' | 'O'; row: Cell[] } | undefined, (string | null)[][]][] = [
  ['an update without old image is the new row', ['1', 'b', 'c'], undefined, [['U', '1', '1', 'b', 'c', '\\x']]],
  ['an unchanged value is marked and not NULL', ['1', 'b', UNCHANGED], undefined, [['U', '1', '1', 'b', null, '\\x04']]],
  [
    'a key image with the same key is no key change',
    ['1', 'b', 'c'],
    { kind: 'K', row: ['1', null, null] },
    [['U', '1', '1', 'b', 'c', '\\x']],
  ],
  [
    'an unchanged key column is taken from the key image',
    [UNCHANGED, 'b', 'c'],
    { kind: 'K', row: ['1', null, null] },
    [['U', '1', '1', 'b', 'c', '\\x']],
  ],
  [
    'a key change is the tombstone of the old key, then the new row',
    ['2', 'b', 'c'],
    { kind: 'K', row: ['1', null, null] },
    [
      ['D', '1', '1', null, null, '\\x'],
      ['U', '2', '2', 'b', 'c', '\\x'],
    ],
  ],
  [
    'a key change keeps its unchanged values unknown',
    ['2', 'b', UNCHANGED],
    { kind: 'K', row: ['1', null, null] },
    [
      ['D', '1', '1', null, null, '\\x'],
      ['U', '2', '2', 'b', null, '\\x04'],
    ],
  ],
  [
    'under FULL an unchanged value comes from the old row',
    ['1', 'b', UNCHANGED],
    { kind: 'O', row: ['1', 'a', 'long'] },
    [['U', '1', '1', 'b', 'long', '\\x']],
  ],
  [
    'under FULL a key change is told by the bytes of the key',
    ['2', 'b', UNCHANGED],
    { kind: 'O', row: ['1', 'a', 'long'] },
    [
      ['D', '1', '1', null, null, '\\x'],
      ['U', '2', '2', 'b', 'long', '\\x'],
    ],
  ],
  [
    'a NULL in the old row is not taken for a value that was not sent',
    ['1', null, 'c'],
    { kind: 'O', row: ['1', 'a', 'b'] },
    [['U', '1', '1', null, 'c', '\\x']],
  ],
];

test.each(UPDATES)('%s', (_name, row, old, expected) => {
  const bench = benchOf(ITEMS);
  transaction(bench, message.update(10, row, old));
  expect(rowsOf(bench, 'id', 'name', 'body', '_tr_unchanged')).toEqual(expected);
});

test('keys that are equal to Postgres and spelled differently are two keys', () => {
  const bench = benchOf(testTable(13, [{ name: 'id' }], { key: ['id'] }));
  transaction(bench, message.update(13, ['1.00'], { kind: 'K', row: ['1.0'] }));
  expect(rowsOf(bench, 'id')).toEqual([
    ['D', '1', '1.0'],
    ['U', '2', '1.00'],
  ]);
});

test('a delete is the tombstone of its key', () => {
  const bench = benchOf(ITEMS);
  transaction(bench, message.delete(10, 'K', ['5', null, null]));
  expect(rowsOf(bench, 'id', 'name')).toEqual([['D', '1', '5', null]]);
});

test('without a key under FULL an update is the old row and the new row, a delete the old row', () => {
  const bench = benchOf(LOOSE);
  transaction(bench, message.update(11, ['x', UNCHANGED], { kind: 'O', row: ['a', 'long'] }), message.delete(11, 'O', ['x', null]));
  expect(rowsOf(bench, 'a', 'b')).toEqual([
    ['D', '1', 'a', 'long'],
    ['U', '2', 'x', 'long'],
    ['D', '3', 'x', null],
  ]);
});

test('a truncate is a row for each of its tables that is ours, with a key that is not NULL', () => {
  const bench = benchOf(ITEMS, LOG);
  transaction(bench, message.truncate([10, 999, 12]));
  const { parts } = bench.batch.take();
  expect(parts.map((part) => readPart(part).rows.map((row) => [row['_tr_op'], row['_tr_ordinal'], row['id'] ?? null]))).toEqual([
    [['T', '1', '0']],
    [['T', '2', null]],
  ]);
  expect(bench.truncated).toEqual([
    [10, 7],
    [12, 7],
  ]);
});

test('a file names the NOT NULL columns that got a NULL, and not those of unsent values or deleted rows', () => {
  const numeric = { kind: 'numeric', precision: 5, scale: 2 } as const;
  const held = testTable(
    13,
    [
      { name: 'id', notNull: true },
      { name: 'a', notNull: true },
      { name: 'n', type: numeric, notNull: true },
      { name: 'l', notNull: true },
    ],
    { key: ['id'] },
  );
  const bench = benchOf(held);
  const nulls = (): (readonly number[])[] => bench.batch.take().parts.map((part) => part.finish().nulls);
  transaction(
    bench,
    message.insert(13, ['1', 'a', '1.5', 'l']),
    message.update(13, ['2', UNCHANGED, '9999999', 'l'], { kind: 'K', row: ['1', null, null, null] }),
    message.delete(13, 'K', ['2', null, null, null]),
    message.truncate([13]),
  );
  expect(nulls()).toEqual([[]]);
  transaction(bench, message.insert(13, ['3', 'a', 'NaN', 'l']), message.update(13, ['3', 'a', 'NaN', null]));
  expect(nulls()).toEqual([[3, 4]]);
  transaction(bench, message.insert(13, ['4', 'a', '1', 'l']));
  expect(nulls()).toEqual([[]]);
});

test('counts of changes add up to the rows', () => {
  const bench = benchOf(ITEMS);
  transaction(
    bench,
    message.insert(10, ['1', 'a', 'b']),
    message.update(10, ['1', 'c', UNCHANGED]),
    message.update(10, ['2', 'c', UNCHANGED], { kind: 'K', row: ['1', null, null] }),
    message.delete(10, 'K', ['2', null, null]),
    message.truncate([10]),
  );
  const [part] = bench.batch.take().parts;
  expect(part?.finish()).toMatchObject({
    rows: 6,
    counts: { inserts: 1, updates: 2, deletes: 1, truncates: 1, keyChanges: 1 },
    unchanged: 2,
    minCommitLsn: 100n,
    maxCommitLsn: 100n,
  });
});

test('relations that are not ours are passed over and use up no number', () => {
  const bench = benchOf(LOG);
  transaction(bench, message.insert(999, ['x']), message.insert(12, ['one']));
  expect(rowsOf(bench, 'line')).toEqual([['I', '1', 'one']]);
});

test('an empty transaction advances the position and holds nothing worth publishing', () => {
  const bench = benchOf(LOG);
  transaction(bench);
  expect(bench.batch.worthy).toBe(false);
  expect(bench.batch.take()).toMatchObject({ from: 0n, to: 120n, parts: [], commitTimesUs: [TIME_US, TIME_US] });
});

test('a message of ours makes an empty transaction worth publishing, a foreign one does not', () => {
  const bench = benchOf(LOG);
  transaction(bench, message.logical('somebody'));
  expect(bench.batch.worthy).toBe(false);
  transaction(bench, message.logical('tailrace'));
  expect(bench.batch.worthy).toBe(true);
});

test('a table that changes its columns inside a transaction has a file for each shape, in order', () => {
  const wider = testTable(12, [{ name: 'line' }, { name: 'more' }]);
  const tables = [LOG];
  const bench = assemblyBench(tables);
  bench.feed(message.begin(100n, TIME_US, 7), message.relation(testRelation(LOG)), message.insert(12, ['one']));
  tables[0] = wider;
  bench.feed(message.relation(testRelation(wider)), message.insert(12, ['two', 'x']), message.commit(100n, 120n, TIME_US));
  const { parts } = bench.batch.take();
  expect(parts.map((part) => readPart(part).rows.map((row) => [row['line'], row['more']]))).toEqual([[['one', undefined]], [['two', 'x']]]);
});

test('the same relation again continues the same file', () => {
  const bench = benchOf(LOG);
  transaction(bench, message.insert(12, ['one']), message.relation(testRelation(LOG)), message.insert(12, ['two']));
  expect(rowsOf(bench, 'line')).toHaveLength(2);
});

test('files of an open transaction can be written before it ends and belong to its batch', async () => {
  const bench = benchOf(LOG);
  bench.feed(message.begin(100n, TIME_US, 7), message.insert(12, ['one']));
  const written: number[] = [];
  const entry = { path: 'data/x', table: 'public.t12', tableId: '12_1', schema: '', bytes: 1, checksum: 'crc32:00000000' };
  const counts = { inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
  bench.batch.spill(async (part) => {
    written.push(part.rows);
    return { ...entry, ...counts, rows: part.rows };
  });
  expect(bench.batch.bytes).toBe(0);
  bench.feed(message.insert(12, ['two']), message.commit(100n, 120n, TIME_US));
  const batch = bench.batch.take();
  expect([written, batch.written.length, batch.parts.length]).toEqual([[1], 1, 1]);
  const [rest] = batch.parts;
  expect(rest === undefined ? [] : readPart(rest).rows.map((row) => row['_tr_ordinal'])).toEqual(['2']);
});

test('what does not fit its type is kept exactly, also in the lineage of a key', () => {
  const bench = benchOf(testTable(14, [{ name: 'id', type: { kind: 'date' }, typeOid: 1082 }, { name: 'x' }], { key: ['id'] }));
  transaction(
    bench,
    message.update(14, ['2020-01-01', UNCHANGED], { kind: 'K', row: ['infinity', null] }),
    message.update(14, ['2020-01-01', 'y']),
  );
  const [part] = bench.batch.take().parts;
  const rows = part === undefined ? [] : readPart(part).rows;
  expect(rows.map((row) => [row['_tr_exact'], row['_tr_lk_exact'], row['_tr_lk_new']])).toEqual([
    ['{"id":"infinity"}', 'infinity', '0'],
    ['{}', 'infinity', '0'],
    ['{}', 'infinity', '0'],
  ]);
});

test('a row carries the key its entity had when the file began, once a key has changed in it', () => {
  const bench = benchOf(ITEMS);
  transaction(
    bench,
    message.insert(10, ['9', 'a', 'b']),
    message.update(10, ['2', 'c', UNCHANGED], { kind: 'K', row: ['1', null, null] }),
    message.update(10, ['2', 'd', UNCHANGED]),
    message.insert(10, ['1', 'e', 'f']),
  );
  expect(rowsOf(bench, 'id', '_tr_lk_id', '_tr_lk_new')).toEqual([
    ['I', '1', '9', '9', '0'],
    ['D', '2', '1', '1', '0'],
    ['U', '3', '2', '1', '0'],
    ['U', '4', '2', '1', '0'],
    ['I', '5', '1', '1', '1'],
  ]);
});

test('changes outside a transaction are a broken stream', () => {
  const bench = benchOf(LOG);
  expect(() => bench.feed(message.insert(12, ['x']))).toThrow(/BAD_FRAME/);
});
