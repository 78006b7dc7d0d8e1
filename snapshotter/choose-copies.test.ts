import { expect, test } from 'vitest';
import { chooseCopies } from './choose-copies.ts';
import type { CopyRequest, KnownGeneration, ChoiceInput } from './choose-copies.ts';

const table = { tableId: '10_1', oid: 10, table: 'public.orders', appendOnly: false };
const done = (generation: number, requests: string[] = []): KnownGeneration => ({ tableId: '10_1', generation, done: true, requests });
const unfinished = (generation: number): KnownGeneration => ({ ...done(generation), done: false });
const request = (facts: Partial<CopyRequest> = {}): CopyRequest => ({
  id: 'a',
  table: 'public.orders',
  tableId: null,
  reason: 'asked for',
  ...facts,
});
const input = (facts: Partial<ChoiceInput>): ChoiceInput => ({ tables: [table], generations: [], requests: [], held: new Set(), ...facts });

const CASES: {
  name: string;
  input: ChoiceInput;
  copies: { generation: number; unfinished?: boolean; reason: string; requests: string[] }[];
}[] = [
  { name: 'a table without generation is copied', input: input({}), copies: [{ generation: 1, reason: 'first copy', requests: [] }] },
  { name: 'a finished table is not copied again', input: input({ generations: [done(1)] }), copies: [] },
  {
    name: 'an unfinished copy resumes, or begins again as the next generation',
    input: input({ generations: [done(1), unfinished(2)] }),
    copies: [{ generation: 3, unfinished: true, reason: 'unfinished copy', requests: [] }],
  },
  {
    name: 'a requested copy that broke off resumes',
    input: input({ generations: [done(1), { ...unfinished(2), requests: ['a'] }], requests: [request()] }),
    copies: [{ generation: 3, unfinished: true, reason: 'asked for', requests: ['a'] }],
  },
  {
    name: 'a later request is a copy of its own',
    input: input({ generations: [done(1), { ...unfinished(2), requests: ['a'] }], requests: [request(), request({ id: 'b' })] }),
    copies: [{ generation: 3, reason: 'asked for', requests: ['a', 'b'] }],
  },
  { name: 'the order of the listing does not matter', input: input({ generations: [done(2), unfinished(1)] }), copies: [] },
  {
    name: 'generations of other tables do not count',
    input: input({ generations: [{ ...done(4), tableId: '11_1' }] }),
    copies: [{ generation: 1, reason: 'first copy', requests: [] }],
  },
  { name: 'a table that is being copied or waits after a failure is left alone', input: input({ held: new Set(['10_1']) }), copies: [] },
  {
    name: 'a request makes the next generation of a finished table',
    input: input({ generations: [done(1)], requests: [request()] }),
    copies: [{ generation: 2, reason: 'asked for', requests: ['a'] }],
  },
  {
    name: 'one copy answers all requests for its table',
    input: input({ requests: [request(), request({ id: 'b', tableId: '10_1', table: 'public.old_name' })] }),
    copies: [{ generation: 1, reason: 'asked for', requests: ['a', 'b'] }],
  },
];

test.each(CASES)('$name', ({ input: given, copies }) => {
  expect(chooseCopies(given).copies).toEqual(copies.map((copy) => ({ ...table, unfinished: false, ...copy })));
});

test('a request answered before a crash is not copied again', () => {
  const chosen = chooseCopies(input({ generations: [done(1), done(2, ['a'])], requests: [request()] }));
  expect(chosen).toEqual({ copies: [], served: ['a'], unknown: [] });
});

test('a request for a table that is not published is named', () => {
  const gone = request({ tableId: '99_1' });
  expect(chooseCopies(input({ generations: [done(1)], requests: [gone] })).unknown).toEqual([gone]);
});
