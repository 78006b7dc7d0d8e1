import { expect, test } from 'vitest';
import type { FileEntry } from '../../lake/manifest.ts';
import { assemblyBench, readPart, testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import type { Bench } from '../../test/support/pgoutput/assembled.ts';
import { message } from '../../test/support/pgoutput/pgoutput-writer.ts';
import type { TablePart } from './table-part.ts';

const ITEMS = testTable(10, [{ name: 'id' }, { name: 'name' }], { key: ['id'] });
const OTHERS = testTable(11, [{ name: 'id' }], { key: ['id'] });

/** A bench that knows both tables; a file becomes its rows' xids, ordinals and ids. */
function benchOf() {
  const bench = assemblyBench([ITEMS, OTHERS]);
  const files: string[][] = [];
  const write = async (part: TablePart): Promise<FileEntry> => {
    const { rows } = readPart(part);
    files.push(rows.map((row) => `${row['_tr_xid']}:${row['_tr_ordinal']} ${row['_tr_op']}${row['id']}`));
    return { path: `${files.length}`, rows: rows.length } as FileEntry;
  };
  return { bench, files, write };
}

const insert = (xid: number, id: string): { xid: number; message: Buffer } => ({ xid, message: message.insert(10, [id, 'x']) });
const relation = (xid: number, table = ITEMS): { xid: number; message: Buffer } => ({
  xid,
  message: message.relation(testRelation(table)),
});

async function committed({ bench, write }: { bench: Bench; write: (part: TablePart) => Promise<FileEntry> }, index = 0) {
  const one = bench.streamed[index];
  if (one === undefined) throw new Error('nothing was committed');
  return Promise.all(one.transaction.commit(one.commit, write));
}

test('transactions that run side by side keep their rows apart, and are told in the order of their commits', async () => {
  const made = benchOf();
  const { bench, files } = made;
  bench.feed(...message.block(7, relation(7), insert(7, 'a')));
  bench.feed(...message.block(8, relation(8), insert(8, 'b')));
  bench.feed(...message.block(7, insert(7, 'c')));
  bench.feed(message.begin(100n, 1_000_000n, 5), message.relation(testRelation(ITEMS)), message.insert(10, ['o', 'x']));
  bench.feed(message.commit(100n, 110n, 1_000_000n));
  bench.feed(message.streamCommit(8, 200n, 210n, 2_000_000n), message.streamCommit(7, 300n, 310n, 3_000_000n));
  expect(bench.streamed.map(({ transaction, commit }) => [transaction.xid, commit.commitLsn])).toEqual([
    [8, 200n],
    [7, 300n],
  ]);
  const [first] = await committed(made, 0);
  expect(first).toMatchObject({ commitLsn: '0/C8', topXid: 8, commitTime: '1970-01-01T00:00:02.000000Z', minCommitLsn: '0/C8' });
  expect(first).not.toHaveProperty('abortedXids');
  await committed(made, 1);
  expect(files).toEqual([['8:1 Ib'], ['7:1 Ia', '7:2 Ic']]);
  expect(bench.batch.take().parts.map((part) => readPart(part).rows.map((row) => row['id']))).toEqual([['o']]);
});

test('rolled back subtransactions are named, also nested ones, and their rows have their xid', async () => {
  const made = benchOf();
  const { bench, files } = made;
  bench.feed(...message.block(7, relation(7), insert(7, 'a'), insert(21, 'b'), insert(22, 'c'), insert(7, 'd')));
  bench.feed(message.streamAbort(7, 22), message.streamAbort(7, 21), message.streamCommit(7, 200n, 210n, 0n));
  expect(await committed(made)).toMatchObject([{ topXid: 7, abortedXids: [21, 22] }]);
  expect(files).toEqual([['7:1 Ia', '21:2 Ib', '22:3 Ic', '7:4 Id']]);
});

test('a transaction that is rolled back leaves nothing, and its xid may come again', () => {
  const { bench } = benchOf();
  bench.feed(...message.block(7, relation(7), insert(7, 'a')), message.streamAbort(7, 7));
  expect(bench.assembler.stream.bytes).toBe(0);
  expect(() => bench.feed(message.streamCommit(7, 200n, 210n, 0n))).toThrow(/BAD_FRAME/);
  bench.feed(...message.block(7, relation(7), insert(7, 'z')), message.streamCommit(7, 300n, 310n, 0n));
  expect(bench.streamed).toHaveLength(1);
});

test('of what is too much for memory the largest transaction is written, and its later rows go on in another file', async () => {
  const made = benchOf();
  const { bench, files, write } = made;
  bench.feed(...message.block(7, relation(7), insert(7, 'a')));
  bench.feed(...message.block(8, relation(8), relation(8, OTHERS), insert(8, 'b'), insert(8, 'c')));
  bench.feed(...message.block(8, { xid: 8, message: message.insert(11, ['o']) }));
  const before = bench.assembler.stream.bytes;
  bench.assembler.stream.spillLargest(write);
  expect(files).toEqual([['8:1 Ib', '8:2 Ic'], ['8:3 Io']]);
  expect(bench.assembler.stream.bytes).toBeLessThan(before);
  bench.feed(...message.block(8, insert(8, 'd')), message.streamCommit(8, 200n, 210n, 0n));
  expect((await committed(made)).map(({ path }) => path)).toEqual(['1', '2', '3']);
  expect(files.at(-1)).toEqual(['8:4 Id']);
});

test('what only the catalog could explain is not taken while it runs', () => {
  const refusal = (...within: { xid: number; message: Buffer }[]): readonly string[] => {
    const { bench } = benchOf();
    bench.feed(...message.block(7, relation(7), ...within));
    return bench.refused;
  };
  expect(refusal(insert(7, 'a'), relation(7))).toEqual([]);
  expect(refusal({ xid: 7, message: message.truncate([10]) })).toEqual([
    'transaction 7 cannot be taken while it runs: it truncates a table',
  ]);
  const wider = {
    ...testRelation(ITEMS),
    columns: [...testRelation(ITEMS).columns, { name: 'more', typeOid: 25, typmod: -1, key: false }],
  };
  expect(refusal({ xid: 7, message: message.relation(wider) })).toEqual([
    'transaction 7 cannot be taken while it runs: public.t10 changes its shape in it',
  ]);
});

test('keys that changed in a transaction of which a part was rolled back are doubtful, wherever their rows are by then', () => {
  const { bench, write } = benchOf();
  const rekey = { xid: 7, message: message.update(10, ['b', 'x'], { kind: 'K', row: ['a', null] }) };
  bench.feed(...message.block(7, relation(7), rekey));
  bench.assembler.stream.spillLargest(write);
  bench.feed(...message.block(7, insert(21, 'c')), message.streamCommit(7, 200n, 210n, 0n));
  expect(bench.streamed[0]?.transaction.doubtful).toBe(false);
  bench.feed(...message.block(9, relation(9), { ...rekey, xid: 9 }));
  bench.assembler.stream.spillLargest(write);
  bench.feed(message.streamAbort(9, 22), message.streamCommit(9, 300n, 310n, 0n));
  expect(bench.streamed[1]?.transaction.doubtful).toBe(true);
});

test('messages of ours wait for the commit', () => {
  const { bench } = benchOf();
  bench.feed(...message.block(7, { xid: 7, message: message.logical('tailrace', 'look:1') }), message.streamCommit(7, 200n, 210n, 0n));
  expect(bench.streamed[0]?.transaction.said).toEqual(['look:1']);
});

test('blocks do not nest, and do not end without having begun', () => {
  const [begin = Buffer.alloc(0), end = Buffer.alloc(0)] = message.block(7);
  expect(() => benchOf().bench.feed(begin, begin)).toThrow(/BAD_FRAME/);
  expect(() => benchOf().bench.feed(end)).toThrow(/BAD_FRAME/);
});
