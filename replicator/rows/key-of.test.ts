import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { TUPLE_TEXT, TUPLE_UNCHANGED, emptyTuple } from '../../postgres/pgoutput/tuple.ts';
import type { TupleRange } from '../../postgres/pgoutput/tuple.ts';
import { testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { keyOf } from './key-of.ts';
import type { Key } from './lineage.ts';
import { compilePlan } from './relation-plan.ts';
import type { RelationPlan } from './relation-plan.ts';
import { visibleRelation } from './visible-relation.ts';

/** Null: the value was not sent again. */
function place(values: readonly (string | null)[], tuple: TupleRange, at: number): Buffer {
  let from = at;
  values.forEach((value, index) => {
    tuple.kind[index] = value === null ? TUPLE_UNCHANGED : TUPLE_TEXT;
    tuple.start[index] = from;
    from += Buffer.byteLength(value ?? '');
    tuple.end[index] = from;
  });
  return Buffer.from(values.join(''));
}

function keyOfRow(values: readonly string[]): Key {
  const tuple = emptyTuple();
  return keyOf(planOf(values.length), { tuple, old: null, buf: place(values, tuple, 0) });
}

function planOf(columns: number): RelationPlan {
  const names = Array.from({ length: columns }, (_, index) => ({ name: `k${index}` }));
  const table = testTable(10, names, { key: names.map(({ name }) => name) });
  const plan = compilePlan(visibleRelation(testRelation(table), undefined), table, null);
  if (plan === null) throw new Error('no plan');
  return plan;
}

const value = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '1', '9'), maxLength: 17 }),
  fc.constantFrom('', '-1', '1.0', '+1', '1e3', ' 1', '١'),
);

test('two keys are the same exactly when their bytes are', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 2 }), fc.array(value, { minLength: 1, maxLength: 2 }), (one, other) => {
      fc.pre(one.length === other.length);
      expect(keyOfRow(one) === keyOfRow(other)).toBe(one.every((text, index) => text === other[index]));
    }),
    { numRuns: 2000 },
  );
});

test.each([['42'], ['9007199254740993'], ['x']])('a key that was not sent again is the one of the old image: %s', (text) => {
  const tuple = emptyTuple();
  const old = emptyTuple();
  const buf = place([text], old, 0);
  place([null], tuple, 0);
  expect(keyOf(planOf(1), { tuple, old, buf })).toBe(keyOfRow([text]));
});

const OPEN = { kind: 'numeric', precision: 76, scale: 38, unbounded: true } as const;

function keyOfNumeric(text: string, type: ColumnType = OPEN): Key {
  const table = testTable(10, [{ name: 'k', type }], { key: ['k'] });
  const plan = compilePlan(visibleRelation(testRelation(table), undefined), table, null);
  if (plan === null) throw new Error('no plan');
  const tuple = emptyTuple();
  return keyOf(plan, { tuple, old: null, buf: place([text], tuple, 0) });
}

test.each([
  ['1', '1.00'],
  ['-0.5', '-0.50000'],
  ['100', '100.0'],
  ['0', '0.000'],
  ['1.5', `1.5${'0'.repeat(60)}`],
])('a decimal is one key regardless of its trailing zeros: %s', (one, other) => {
  expect(keyOfNumeric(other)).toBe(keyOfNumeric(one));
  expect(keyOfNumeric(other, { kind: 'text' })).not.toBe(keyOfNumeric(one, { kind: 'text' }));
});

test.each([
  ['1', '10'],
  ['1.5', '1.05'],
  [`0.${'0'.repeat(38)}1`, `0.${'0'.repeat(38)}10`],
  [`1${'0'.repeat(38)}.0`, `1${'0'.repeat(38)}.00`],
])('values that their column cannot hold are distinguished by their whole text: %s', (one, other) => {
  expect(keyOfNumeric(other)).not.toBe(keyOfNumeric(one));
});
