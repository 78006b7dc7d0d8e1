import { expect, test } from 'vitest';
import { assemblyBench, testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { message } from '../../test/support/pgoutput/pgoutput-writer.ts';
import { PgoutputDecoder } from '../../postgres/pgoutput/decoder.ts';
import { anchorOf } from '../rows/anchor.ts';
import { LogProof } from './log-proof.ts';

const ITEMS = testTable(10, [{ name: 'id' }], { key: ['id'] });
const ANCHOR = anchorOf({ commitLsn: 200n, commitTimeUs: 1_000_000n, xid: 8 });
const END = 300n;

const insert = (xid: number): { xid: number; message: Buffer } => ({ xid, message: message.insert(10, ['a']) });

interface Change {
  readonly lsn: bigint;
  readonly xid?: number;
  readonly us?: bigint;
  readonly within?: Buffer[];
}

const row = [message.relation(testRelation(ITEMS)), message.insert(10, ['a'])];

/** What is wrong with a log of these transactions; `undefined`: that is not known yet. */
function troubleOf(
  log: readonly (Change | { readonly keepalive: bigint })[],
  { confirmed = 100n, anchor = ANCHOR }: { confirmed?: bigint; anchor?: typeof ANCHOR | null } = {},
) {
  const proof = new LogProof({ confirmed, to: END, anchor });
  const decoder = new PgoutputDecoder(proof);
  for (const step of log) {
    if ('keepalive' in step) {
      proof.keepalive(step.keepalive);
      continue;
    }
    const { lsn, xid = 8, us = 1_000_000n, within = row } = step;
    for (const bytes of [message.begin(lsn, us, xid), ...within, message.commit(lsn, lsn + 10n, us)])
      decoder.decode(bytes, 0, bytes.length);
  }
  return proof.settled ? proof.trouble : undefined;
}

test('the lake’s last commit in its place proves the log, however the end of the lake is passed', () => {
  expect(troubleOf([{ lsn: 120n, xid: 7 }, { lsn: 200n }, { lsn: 310n, xid: 9 }])).toBeNull();
  expect(troubleOf([{ lsn: 200n }, { keepalive: END }])).toBeNull();
  expect(troubleOf([{ lsn: 200n, within: [message.logical('tailrace')] }, { keepalive: END }])).toBeNull();
});

test('nothing is said before the end of the lake has been passed', () => {
  expect(troubleOf([{ lsn: 200n }, { keepalive: END - 1n }])).toBeUndefined();
  expect(troubleOf([{ lsn: 250n, xid: 9 }])).toBeUndefined();
});

test.each<[string, Change[]]>([
  ['that has no commit there', []],
  ['whose commit there is another transaction', [{ lsn: 200n, xid: 9 }]],
  ['whose commit there was at another time', [{ lsn: 200n, us: 1_000_001n }]],
  ['whose commit there is at another position', [{ lsn: 201n }]],
  ['that has one more commit below the end of the lake', [{ lsn: 200n }, { lsn: 290n, xid: 9 }]],
  ['whose commit there is empty', [{ lsn: 200n, within: [] }]],
])('a log %s is another history', (_what, log) => {
  expect(troubleOf([...log, { keepalive: END }])).toMatch(/a different history.*0\/12C/);
});

test('commits without content prove nothing and hinder nothing', () => {
  expect(troubleOf([{ lsn: 200n }, { lsn: 250n, xid: 9, within: [] }, { keepalive: END }])).toBeNull();
  expect(troubleOf([{ lsn: 200n }, { lsn: 250n, xid: 9, within: [message.relation(testRelation(ITEMS))] }, { keepalive: END }])).toBeNull();
});

test('where the last commit was confirmed, or there is none yet, nothing may lie between there and the end of the lake', () => {
  expect(troubleOf([{ keepalive: END }], { confirmed: 210n })).toBeNull();
  expect(troubleOf([{ keepalive: END }], { anchor: null })).toBeNull();
  expect(troubleOf([{ lsn: 250n, xid: 9 }, { keepalive: END }], { confirmed: 210n })).toMatch(/a different history/);
  expect(troubleOf([{ lsn: 250n, xid: 9 }, { keepalive: END }], { anchor: null })).toMatch(/a different history/);
});

test('a transaction that was taken while it ran is an anchor unless all of its content was rolled back', () => {
  const bench = assemblyBench([ITEMS]);
  bench.feed(...message.block(7, { xid: 7, message: message.relation(testRelation(ITEMS)) }, insert(21)));
  bench.feed(message.streamAbort(7, 21), message.streamCommit(7, 200n, 210n, 0n));
  bench.feed(...message.block(8, { xid: 8, message: message.relation(testRelation(ITEMS)) }, insert(22), insert(8)));
  bench.feed(message.streamAbort(8, 22), message.streamCommit(8, 300n, 310n, 5n));
  expect(bench.streamed.map(({ transaction, commit }) => transaction.anchor(commit))).toEqual([
    null,
    { commitLsn: 300n, commitTimeUs: 5n, xid: 8 },
  ]);
});

test('of a batch the newest transaction with content is the anchor, rows that are not ours and messages of others count', () => {
  const bench = assemblyBench([]);
  bench.feed(message.begin(100n, 1n, 7), message.insert(99, ['not ours']), message.commit(100n, 110n, 1n));
  bench.feed(message.begin(200n, 2n, 8), message.logical('somebody'), message.commit(200n, 210n, 2n));
  bench.feed(message.begin(300n, 3n, 9), message.commit(300n, 310n, 3n));
  expect(bench.batch.take().anchor).toMatchObject({ commitLsn: 200n, xid: 8 });
  expect(bench.batch.take().anchor).toBeNull();
});
