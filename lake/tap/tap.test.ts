import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import type { Change } from '../../test/support/change-file.ts';
import { ONE, RetainedLake } from '../../test/support/retention/retained-lake.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { FoldedLines, parseLines } from '../../test/support/tap/fold-lines.ts';
import type { TapLine } from '../../test/support/tap/fold-lines.ts';
import { sweepBelow } from '../../test/support/warehouse/lake-base.ts';
import { getPositions, getReaders } from '../readers.ts';
import { tapLines } from './tap.ts';
import type { TapOptions } from './tap.ts';

const items = tableSchema({ oid: 1, name: 'items', columns: { id: { kind: 'int4' }, note: { kind: 'text' } }, key: ['id'] });
const wider = tableSchema({
  oid: 1,
  name: 'items',
  columns: { id: { kind: 'int4' }, note: { kind: 'text' }, more: { kind: 'int8' } },
  key: ['id'],
});
const loose = tableSchema({ oid: 2, name: 'loose', columns: { line: { kind: 'text' } }, identity: 'full' });

async function tapped(store: MemoryStore, options: Partial<TapOptions> = {}): Promise<TapLine[]> {
  let text = '';
  const defaults = { from: 'start', to: 10_000n, tables: [], log: silentLogger(), signal: new AbortController().signal } as const;
  for await (const lines of tapLines({ ...defaults, ...options, store })) text += lines;
  return parseLines(text);
}

const short = ({ table, op, key, row, lsn, ordinal }: TapLine): string =>
  [table.slice(7), op, JSON.stringify(key), JSON.stringify(row), lsn, ordinal].join(' ');
const place = ({ lsn, ordinal, copied = 0, oid }: TapLine): string => [lsn, ordinal, oid, copied].join(' ');
const change = (op: Change['op'], [lsn, ordinal]: readonly [bigint, number], row: Change['row'], more: Partial<Change> = {}): Change => ({
  op,
  lsn,
  ordinal,
  row,
  ...more,
});
/** The end of what a test writes: commits below it come out. */
const END = { to: 20_000n };

test('lines come in the order of commits and ordinals over all tables, after the rows of the copies', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.copy(items, { generation: 1, lsn: 16n }, [[{ id: '1', note: 'a' }], [{ id: '2', note: null }]]);
  await lake.copy(loose, { generation: 1, lsn: 16n }, [[{ line: 'x' }, { line: 'x' }]]);
  await lake.batch([
    await lake.file(items, [change('U', [32n, 2], { id: '1', note: undefined }), change('D', [33n, 1], { id: '2' })]),
    await lake.file(loose, [change('I', [32n, 1], { line: 'y' }), change('D', [32n, 3], { line: 'x' }), change('T', [34n, 1], {})]),
  ]);
  await lake.batch([await lake.file(wider, [change('I', [48n, 1], { id: '3', note: 'c', more: '9007199254740993' })])], {
    catalog: [await lake.event('schema', wider)],
  });
  await lake.batch([], END);
  const lines = await tapped(store);
  expect(lines.map(short)).toEqual([
    'items copy {"id":1} {"id":1,"note":"a"} 0/10 0',
    'items copy {"id":2} {"id":2,"note":null} 0/10 0',
    'loose copy null {"line":"x"} 0/10 0',
    'loose copy null {"line":"x"} 0/10 0',
    'loose insert null {"line":"y"} 0/20 1',
    'items update {"id":1} {"id":1} 0/20 2',
    'loose delete null {"line":"x"} 0/20 3',
    'items delete {"id":2} null 0/21 1',
    'loose truncate null null 0/22 1',
    'items insert {"id":3} {"id":3,"note":"c","more":"9007199254740993"} 0/30 1',
  ]);
  expect(lines.map(({ unchanged }) => unchanged).flat()).toEqual(['note']);
  expect(lines.map(({ copied }) => copied).slice(0, 4)).toEqual([1, 2, 1, 2]);
  expect([lines[0], lines[5], lines[9]].map((line) => line?.schema)).toEqual(['public.items@1', 'public.items@1', 'public.items@2']);
  expect(lines[9]).toMatchObject({ xid: 1, commitTime: '1970-01-01T00:00:00.000000Z', oid: 1 });
  expect(Object.keys(lines[9] ?? {}).slice(0, 10)).toEqual([
    'table',
    'op',
    'key',
    'row',
    'unchanged',
    'lsn',
    'ordinal',
    'commitTime',
    'xid',
    'schema',
  ]);
});

test('a key change is a delete of the old key and an update of the new one, which names the old key', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.copy(items, { generation: 1, lsn: 16n }, [
    [
      { id: '1', note: 'large' },
      { id: '5', note: 'other' },
    ],
  ]);
  await lake.batch([
    await lake.file(items, [
      change('D', [32n, 1], { id: '1' }, { keyChange: true }),
      change('U', [32n, 2], { id: '2', note: undefined }),
      change('D', [32n, 3], { id: '2' }),
      change('U', [32n, 4], { id: '5', note: undefined }),
    ]),
  ]);
  await lake.batch([
    await lake.file(items, [change('D', [48n, 1], { id: '5' }, { keyChange: true }), change('U', [48n, 2], { id: '6', note: undefined })]),
  ]);
  await lake.batch([], END);
  const lines = await tapped(store);
  expect(lines.map(({ op, key, oldKey }) => [op, key?.['id'], oldKey?.['id']])).toEqual([
    ['copy', 1, undefined],
    ['copy', 5, undefined],
    ['delete', 1, undefined],
    ['update', 2, 1],
    ['delete', 2, undefined],
    ['update', 5, undefined],
    ['delete', 5, undefined],
    ['update', 6, 5],
  ]);
  const folded = new FoldedLines();
  for (const line of lines) folded.take(line);
  expect(folded.rows(1)).toEqual(['{"id":6,"note":"other"}']);
});

test('subtransactions that were rolled back do not come out, and parts that came while they ran have their commit', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const part = await lake.streamedFile(
    items,
    [
      { op: 'I', ordinal: 1, row: { id: '1', note: 'kept' }, xid: 7 },
      { op: 'I', ordinal: 2, row: { id: '2', note: 'gone' }, xid: 8 },
      { op: 'I', ordinal: 3, row: { id: '3', note: 'kept' }, xid: 9 },
    ],
    { commitLsn: 64n, abortedXids: [8] },
  );
  await lake.batch([part, await lake.file(loose, [change('I', [64n, 2], { line: 'between' })])]);
  await lake.batch([], END);
  const lines = await tapped(store, { from: 1n });
  expect(lines.map(short)).toEqual([
    'items insert {"id":1} {"id":1,"note":"kept"} 0/40 1',
    'loose insert null {"line":"between"} 0/40 2',
    'items insert {"id":3} {"id":3,"note":"kept"} 0/40 3',
  ]);
  expect(lines[2]).toMatchObject({ xid: 7, commitTime: '2026-01-01T00:00:00.000000Z' });
});

test('a table that is published, asked for again or dropped waits for its copy, whose rows stand at its point', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.batch([], { catalog: [await lake.event('published', items)], to: 10n });
  await lake.batch([await lake.file(items, [change('I', [12n, 1], { id: '1', note: 'in the copy' })])]);
  await lake.batch([await lake.file(items, [change('I', [30n, 1], { id: '2', note: 'b' })])]);
  await lake.batch([await lake.file(items, [change('I', [40n, 1], { id: '9', note: 'before' })])], {
    catalog: [await lake.event('resync', wider)],
    to: 50n,
  });
  await lake.batch([await lake.file(wider, [change('U', [52n, 1], { id: '1', note: 'x', more: '1' })])]);
  await lake.batch([await lake.file(wider, [change('U', [70n, 1], { id: '1', note: 'y', more: '2' })])]);
  const stop = new AbortController();
  let text = '';
  const running = (async () => {
    for await (const lines of tapLines({ store, from: 9n, to: 10_000n, tables: [], log: silentLogger(), signal: stop.signal }))
      text += lines;
  })();
  await lake.copy(items, { generation: 1, lsn: 20n }, [[{ id: '1', note: 'in the copy' }]]);
  await lake.copy(wider, { generation: 2, lsn: 60n }, [[{ id: '1', note: 'x', more: '1' }]]);
  await lake.batch([], { catalog: [await lake.event('dropped', wider)], to: 80n });
  await lake.batch([], END);
  await running;
  expect(parseLines(text).map(short)).toEqual([
    'items truncate null null 0/14 0',
    'items copy {"id":1} {"id":1,"note":"in the copy"} 0/14 0',
    'items insert {"id":2} {"id":2,"note":"b"} 0/1E 1',
    'items truncate null null 0/3C 0',
    'items copy {"id":1} {"id":1,"note":"x","more":1} 0/3C 0',
    'items update {"id":1} {"id":1,"note":"y","more":2} 0/46 1',
    'items truncate null null 0/50 0',
  ]);
  stop.abort();
});

test('from any line on, a tap that begins there has exactly the lines that follow', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.batch([], { catalog: [await lake.event('published', items), await lake.event('published', loose)], to: 10n });
  await lake.batch([
    await lake.file(items, [change('I', [30n, 1], { id: '7', note: 'b' }), change('I', [30n, 2], { id: '8', note: 'b' })]),
  ]);
  await lake.batch([
    await lake.file(loose, [change('I', [44n, 1], { line: 'a' })]),
    await lake.file(items, [change('D', [50n, 1], { id: '7' })]),
  ]);
  await lake.copy(items, { generation: 1, lsn: 20n }, [
    [
      { id: '1', note: 'a' },
      { id: '2', note: 'a' },
    ],
  ]);
  await lake.copy(loose, { generation: 1, lsn: 40n }, [[{ line: 'c' }, { line: 'c' }]]);
  await lake.batch([], END);
  const whole = await tapped(store, { from: 9n });
  expect(whole.map(({ op }) => op)).toEqual([
    'truncate',
    'copy',
    'copy',
    'insert',
    'insert',
    'truncate',
    'copy',
    'copy',
    'insert',
    'delete',
  ]);
  for (const [index, line] of whole.entries()) {
    const again = await tapped(store, { from: BigInt(`0x${line.lsn.slice(2)}`) });
    const at = again.findIndex((one) => place(one) === place(line));
    expect(again.slice(at + 1)).toEqual(whole.slice(index + 1));
  }
  expect(await tapped(store, { from: 30n, to: 45n })).toEqual(whole.slice(3, 9));
});

test('a tap is a reader that retention respects while it runs, that no other process takes for a warehouse, and that is gone at its end', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.copy(items, { generation: 1, lsn: 16n }, [[{ id: '1', note: 'a' }]]);
  await lake.batch([await lake.file(items, [change('I', [32n, 1], { id: '2', note: 'b' })])]);
  await lake.batch([], END);
  const lines = tapLines({ store, from: 'start', to: 10_000n, tables: [], log: silentLogger(), signal: new AbortController().signal });
  await lines.next();
  const [reader] = await getReaders(store);
  expect(reader?.warehouseId).toMatch(/^tap-[0-9a-f]{16}$/);
  expect(reader?.manifest).toBe(0);
  expect(await getPositions(store)).toEqual([]);
  await lines.return(undefined);
  expect(await getReaders(store)).toEqual([]);
});

test('what a tap needs stays while it runs, and goes after it', async () => {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  for (let batch = 0; batch < 3; batch += 1) await lake.batch(ONE);
  for (const n of [1, 2]) await lake.base(ONE, n);
  const data = async (): Promise<string[]> =>
    [...(await lake.keys('data/')), ...(await lake.keys('snapshot/'))].filter((key) => key.endsWith('.arrow'));
  const all = await data();
  const sweeper = lake.sweeper({ retentionMs: () => 0, keepBases: 1 });
  const lines = tapLines({
    store: lake.memory,
    from: 'start',
    to: null,
    tables: [],
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  await lines.next();
  await lake.sweep(sweeper, 0, 25, 50, 75);
  expect(await data()).toEqual(all);
  await lines.return(undefined);
  await lake.sweep(sweeper, 100, 125, 150);
  expect(await data()).toEqual([]);
});

test('a position below what the lake holds is refused with the first one that it holds', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.batch([], { to: 10n });
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', note: 'a' }]]);
  for (const lsn of [32n, 48n, 64n]) await lake.batch([await lake.file(items, [change('I', [lsn, 1], { id: `${lsn}`, note: 'b' })])]);
  await lake.batch([await lake.file(loose, [change('I', [70n, 1], { line: 'a' })])], { catalog: [await lake.event('schema', loose)] });
  await lake.batch([], END);
  await sweepBelow(store, { tableId: items.tableId, manifest: 3 });
  await expect(tapped(store, { from: 40n })).rejects.toMatchObject({
    code: 'LAKE_SWEPT',
    message: expect.stringContaining('from 0/31 on') as unknown,
  });
  await expect(tapped(store, { from: 0n })).rejects.toMatchObject({
    code: 'LAKE_SWEPT',
    message: expect.stringContaining('from 0/1 on') as unknown,
  });
  await expect(tapped(store)).rejects.toMatchObject({ code: 'LAKE_SWEPT' });
  expect((await tapped(store, { from: 49n })).map(({ lsn }) => lsn)).toEqual(['0/40', '0/46']);
  expect(await tapped(store, { from: 40n, tables: [['public.l*']] })).toHaveLength(1);
  await expect(tapped(store, { tables: [null, ['public.nowhere']] })).rejects.toMatchObject({ code: 'NO_SUCH_TABLE' });
});
