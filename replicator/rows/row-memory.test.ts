import { expect, test } from 'vitest';
import { assemblyBench, testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { message } from '../../test/support/pgoutput/pgoutput-writer.ts';

const LOG = testTable(12, [{ name: 'line' }]);
const LONG = 'x'.repeat(1000);

/** Bytes that the batch counts for one transaction of these messages. */
function bytesOf(...changes: Buffer[]): number {
  const bench = assemblyBench([LOG]);
  bench.feed(message.relation(testRelation(LOG)), message.begin(100n, 0n, 7), ...changes, message.commit(100n, 120n, 0n));
  return bench.batch.bytes;
}

test('a batch counts the bytes of the rows that it keeps', () => {
  const [one, two] = [bytesOf(message.insert(12, [LONG])), bytesOf(message.insert(12, [LONG]), message.insert(12, [LONG]))];
  expect(one).toBeGreaterThan(LONG.length);
  expect(two).toBe(2 * one);
});

test('messages, and rows of tables that are not replicated, leave nothing in memory', () => {
  expect(bytesOf(message.insert(999, [LONG]), message.logical('tailrace'), message.logical('other'))).toBe(0);
});
