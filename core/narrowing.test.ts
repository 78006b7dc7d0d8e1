import { expect, test } from 'vitest';
import { holdReason, narrowingChange } from './narrowing.ts';
import type { Column, Narrowing, TableSchema } from './table.ts';
import type { Mask } from './table-rule.ts';

const BY = 'configuration one';

function column(id: number, name: string, mask?: Mask): Column {
  const plain = {
    id,
    name,
    attnum: id,
    typeOid: 25,
    typmod: -1,
    typeName: 'text',
    field: name,
    type: { kind: 'text' as const },
    missing: null,
  };
  return mask === undefined ? plain : { ...plain, mask };
}

function table(columns: Column[], narrowed?: Partial<Narrowing>): TableSchema {
  const base = {
    tableId: '1_1',
    oid: 1,
    epoch: 1,
    schema: 'public',
    name: 't',
    identity: 'key' as const,
    columns,
    key: [1],
    explained: true,
  };
  return narrowed === undefined ? base : { ...base, narrowed: { hidden: [], filter: null, salt: null, by: BY, ...narrowed } };
}

const id = column(1, 'id');
const before = table([id, column(2, 'mail', 'sha256'), column(3, 'phone', 'null'), column(4, 'plain')], {
  hidden: [5],
  filter: 'f1',
  salt: 's1',
});
const with2 = (columns: Column[], more: Partial<Narrowing> = {}): TableSchema =>
  table([id, ...columns], { hidden: [5], filter: 'f1', salt: 's1', ...more });
const rest = [column(3, 'phone', 'null'), column(4, 'plain')];

test.each<[string, TableSchema, string | null, boolean]>([
  ['nothing', before, null, false],
  ['other sections of the configuration', with2([column(2, 'mail', 'sha256'), ...rest], { by: 'two' }), null, false],
  ['a hidden column that was dropped', with2([column(2, 'mail', 'sha256'), ...rest], { hidden: [] }), null, false],
  ['a new column that is hidden', with2([column(2, 'mail', 'sha256'), ...rest], { hidden: [5, 6] }), null, false],
  [
    'a column that is hidden now',
    with2([column(2, 'mail', 'sha256'), column(3, 'phone', 'null')], { hidden: [4, 5] }),
    'column "plain" is now excluded',
    false,
  ],
  [
    'a column that is shown',
    with2([column(2, 'mail', 'sha256'), ...rest, column(5, 'pw')], { hidden: [] }),
    'column "pw" would become visible',
    true,
  ],
  ['a mask that went', with2([column(2, 'mail'), ...rest], { salt: null }), 'the mask of column "mail" changed', true],
  ['a mask that is stricter', with2([column(2, 'mail', 'null'), ...rest], { salt: null }), 'the mask of column "mail" changed', false],
  [
    'a mask that is less strict',
    with2([column(2, 'mail', 'sha256'), column(3, 'phone', 'sha256'), column(4, 'plain')]),
    'the mask of column "phone" changed',
    true,
  ],
  ['a filter that went', with2([column(2, 'mail', 'sha256'), ...rest], { filter: null }), 'its row filter changed', true],
  ['another filter', with2([column(2, 'mail', 'sha256'), ...rest], { filter: 'f2' }), 'its row filter changed', false],
  ['another salt', with2([column(2, 'mail', 'sha256'), ...rest], { salt: 's2' }), 'the salt of its masks changed', false],
])('%s is a new copy where values differ, and under the same configuration nothing is shown that was not', (_, now, change, held) => {
  expect(narrowingChange(before, now)).toBe(change);
  expect(holdReason(before, now, { rule: { refused: null, unknown: [] }, by: BY }) !== null).toBe(held);
  expect(holdReason(before, now, { rule: { refused: null, unknown: [] }, by: 'configuration two' })).toBeNull();
});

test('a configuration that names what is not there holds a table back, unless it was dropped under that very configuration', () => {
  const rule = { refused: null, unknown: ['table.public.t.exclude names "pw", which the table does not have'] };
  expect(holdReason(null, before, { rule, by: BY })).toBe(rule.unknown[0]);
  expect(holdReason(table([id]), before, { rule, by: BY })).toBe(rule.unknown[0]);
  expect(holdReason(before, before, { rule, by: 'configuration two' })).toBe(rule.unknown[0]);
  expect(holdReason(before, before, { rule, by: BY })).toBeNull();
  expect(holdReason(before, before, { rule: { refused: 'no', unknown: [] }, by: BY })).toBe('no');
});
