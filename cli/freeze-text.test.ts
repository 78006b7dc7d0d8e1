import { expect, test } from 'vitest';
import { freezeList, freezeText } from './freeze-text.ts';

const frozen = {
  name: 'nightly',
  lsn: '0/1B9B560',
  asOf: '2026-11-29T21:13:00.540391Z',
  databases: ['nightly_public', 'nightly_sales'],
  tables: ['public.orders', 'sales.offers'],
};

test('a freeze says where it stands, and which tables it left out', () => {
  expect(freezeText({ ...frozen, leftOut: [{ table: 'public.items', state: 'copying' }] })).toBe(
    'nightly: 2 tables at 0/1B9B560, as of 2026-11-29T21:13:00.540391Z, in nightly_public, nightly_sales\nleft out: public.items is copying\n',
  );
  expect(freezeText({ ...frozen, asOf: null, tables: ['public.orders'], databases: ['nightly_public'], leftOut: [] })).toBe(
    'nightly: 1 table at 0/1B9B560, in nightly_public\n',
  );
});

test('the list of freezes has one line each, and says so when there is none', () => {
  expect(freezeList([frozen, { ...frozen, name: 'b', asOf: null }]).split('\n')).toHaveLength(4);
  expect(freezeList([])).toBe('there is no freeze\n');
});
