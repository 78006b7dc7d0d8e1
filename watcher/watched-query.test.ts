import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { WatchedQuery } from './watched-query.ts';
import type { WatchEvent } from './watched-query.ts';

const inputs = (changed: number, marks = '') => ({ marks, changed });
const AT = { lsn: '0/10', asOf: null };
const answer = (rows: string) => ({ columns: ['n'], types: ['UInt8'], rows, ms: 3 });

function watched(everyMs = 1000): { query: WatchedQuery; events: WatchEvent[] } {
  const query = new WatchedQuery({ select: 'SELECT 1', everyMs });
  const events: WatchEvent[] = [];
  query.listeners.add((event) => events.push(event));
  return { query, events };
}

test('a query is due at once, then when an input changed, at most once in its time and together with others', () => {
  const { query } = watched();
  expect(query.dueAtMs(null)).toBe(0);
  query.begin(5_400);
  expect(query.dueAtMs(inputs(2))).toBeNull();
  query.answered(AT, answer('[[1]]'), inputs(1));
  query.ended(5_500);
  expect([query.dueAtMs(inputs(1)), query.isCurrent(inputs(1)), query.isCurrent(inputs(2))]).toEqual([null, true, false]);
  // All queries of one time are due at its multiples.
  expect(query.dueAtMs(inputs(2))).toBe(7_000);
  query.begin(7_003);
  query.answered(AT, answer('[[1]]'), inputs(2));
  query.ended(7_100);
  expect(query.dueAtMs(inputs(3))).toBe(8_000);
  expect([query.dueAtMs(inputs(1)), query.dueAtMs(inputs(1, 'another copy'))]).toEqual([null, 8_000]);
  query.listeners.clear();
  expect(query.dueAtMs(inputs(3))).toBeNull();
});

test('an equal result is not sent, and one after an error always', () => {
  const { query, events } = watched();
  query.answered(AT, answer('[[1]]'), inputs(1));
  query.answered({ lsn: '0/20', asOf: null }, answer('[[1]]'), inputs(2));
  expect(events.map(({ data }) => data)).toEqual(['{"lsn":"0/10","asOf":null,"columns":["n"],"types":["UInt8"],"rows":[[1]],"ms":3}']);
  expect(events[0]?.bytes.toString()).toBe(`id: 0/10\nevent: rows\ndata: ${events[0]?.data}\n\n`);
  const error = new TailraceError('WAREHOUSE_QUERY', 'no');
  query.failed(error, { inputs: inputs(3), tell: true });
  query.failed(error, { inputs: inputs(3), tell: true });
  query.answered({ lsn: '0/20', asOf: null }, answer('[[1]]'), inputs(4));
  expect(events.map(({ kind }) => kind)).toEqual(['rows', 'error', 'rows']);
});

test('a failed query is tried again, later each time, and sooner when an input changed', () => {
  const { query, events } = watched();
  query.begin(10_000);
  query.failed(new Error('away'), { inputs: inputs(1), tell: false });
  query.ended(10_100);
  expect([query.dueAtMs(inputs(1)), query.dueAtMs(inputs(2))]).toEqual([11_100, 11_000]);
  for (let n = 0; n < 9; n += 1) query.failed(new Error('away'), { inputs: inputs(1), tell: false });
  expect([query.dueAtMs(inputs(1)), query.dueAtMs(inputs(2))]).toEqual([15_100, 11_000]);
  expect(events).toEqual([]);
});
