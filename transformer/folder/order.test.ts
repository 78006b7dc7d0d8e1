import { expect, test } from 'vitest';
import { inOrder } from './order.ts';

const model = (id: string, ...inputs: string[]) => ({ id, inputs, tests: [] });

/** A model with a test that refers to a table of `m`. */
const referring = (id: string, table: string, ...inputs: string[]) => ({
  id,
  inputs,
  tests: [{ kind: 'references', severity: 'error', text: '', line: 1, column: 'a', to: { database: 'm', table, column: 'a' } } as const],
});

test('a model comes after what it reads, and independent ones by name', () => {
  const { ordered, cycle } = inOrder([
    model('marts.c', 'public.orders'),
    model('marts.a', 'marts.c', 'stg.z'),
    model('marts.b'),
    model('stg.z', 'public.items'),
  ]);
  expect(ordered.map(({ id }) => id)).toEqual(['marts.c', 'stg.z', 'marts.a', 'marts.b']);
  expect(cycle).toBeNull();
});

test('a ring is named whole, without the models that only lead into it', () => {
  const models = [model('m.a', 'm.b'), model('m.b', 'm.c'), model('m.c', 'public.t', 'm.d'), model('m.d', 'm.b')];
  expect(inOrder(models).cycle).toEqual(['m.b', 'm.c', 'm.d', 'm.b']);
  expect(inOrder([model('m.a', 'm.a')]).cycle).toEqual(['m.a', 'm.a']);
});

test('a model comes after those that its tests refer to, unless these read it', () => {
  const order = (...models: readonly ReturnType<typeof referring | typeof model>[]) => inOrder(models).ordered.map(({ id }) => id);
  expect(order(referring('m.a', 'b'), model('m.b'))).toEqual(['m.b', 'm.a']);
  expect(order(referring('m.a', 'b'), model('m.b', 'm.a'))).toEqual(['m.a', 'm.b']);
  expect(order(referring('m.a', 'b'), referring('m.b', 'a'))).toEqual(['m.b', 'm.a']);
  expect(order(referring('m.a', 'a'), referring('m.c', 'elsewhere'))).toEqual(['m.a', 'm.c']);
});
