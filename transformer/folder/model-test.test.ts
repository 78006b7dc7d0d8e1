import { describe, expect, test } from 'vitest';
import { columnsOf, parseModelTest } from './model-test.ts';

const parsed = (value: string): unknown => parseModelTest(value, 3);

describe('a @test line', () => {
  test.each([
    ['unique id', { kind: 'unique', columns: ['id'], severity: 'error', text: 'unique id', line: 3 }],
    ['warn  not_null a, b', { kind: 'not_null', columns: ['a', 'b'], severity: 'warn', text: 'not_null a, b', line: 3 }],
    ['unique "Order, Id", `a``b`, x.y', { kind: 'unique', columns: ['Order, Id', 'a`b', 'x.y'] }],
    ['accepted state: placed, paid', { kind: 'accepted', column: 'state', values: ['placed', 'paid'] }],
    [`accepted "a:b": '', 'it''s, so', don't, 3`, { kind: 'accepted', column: 'a:b', values: ['', "it's, so", "don't", '3'] }],
    [
      'references customer_id: public.customers.id',
      { kind: 'references', column: 'customer_id', to: { database: 'public', table: 'customers', column: 'id' } },
    ],
    ['references a: "my.db".`t-1`.ü', { kind: 'references', to: { database: 'my.db', table: 't-1', column: 'ü' } }],
    ['rows >= 10', { kind: 'rows', atLeast: 10 }],
    ['rows >=0', { kind: 'rows', atLeast: 0 }],
  ])('%s', (value, expected) => {
    expect(parsed(value)).toMatchObject(expected);
  });

  test.each([
    ['', 'unknown test ""'],
    ['uniq id', 'unknown test "uniq"; known are unique, not_null, accepted, references, rows'],
    ['warn', 'unknown test "warn"'],
    ['unique', 'not of the form "unique COLUMN, …"'],
    ['unique a,', 'not of the form'],
    ['unique a, a', 'not of the form'],
    ['not_null "a', 'not of the form'],
    ['not_null "a" b', 'not of the form'],
    ['accepted state', 'not of the form "accepted COLUMN: VALUE, …"'],
    ['accepted state:', 'not of the form'],
    ['accepted state: a,,b', 'not of the form'],
    ['references a: customers.id', 'not of the form "references COLUMN: DATABASE.TABLE.COLUMN"'],
    ['references a: x.public.customers.id', 'not of the form'],
    ['rows > 10', 'not of the form "rows >= N"'],
    ['rows >= ten', 'not of the form'],
  ])('%j is refused', (value, wrong) => {
    expect(parsed(value)).toEqual({ wrong: expect.stringContaining(wrong) });
  });

  test.each([
    ['unique a, b', ['a', 'b']],
    ['references a: x.y.z', ['a']],
    ['rows >= 1', []],
  ])('%s names the columns of its model', (value, expected) => {
    const found = parseModelTest(value, 1);
    expect('wrong' in found ? found : columnsOf(found)).toEqual(expected);
  });
});
