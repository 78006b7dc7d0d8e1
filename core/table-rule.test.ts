import { expect, test } from 'vitest';
import { MaskSalt } from './mask-salt.ts';
import { TableRules } from './table-rule.ts';
import type { TableSection } from './table-rule.ts';

const section = (glob: string, more: Partial<TableSection>): TableSection => ({ glob, exclude: [], mask: {}, where: null, ...more });
const users = { schema: 'public', name: 'users' };

function printOf(sections: TableSection[], salt: string): string {
  return new TableRules(sections, new MaskSalt(salt)).fingerprint;
}

test('of several sections the stricter counts', () => {
  const rules = new TableRules(
    [
      section('public.*', { exclude: ['pw'], mask: { mail: 'null', phone: 'sha256' }, where: 'a = 1' }),
      section('*.users', { exclude: ['phone'], mask: { mail: 'sha256', pw: 'sha256', name: 'sha256' }, where: 'b = 2 OR c' }),
    ],
    null,
  );
  const rule = rules.of(users);
  expect([...(rule?.exclude ?? [])]).toEqual(['pw', 'phone']);
  expect(Object.fromEntries(rule?.mask ?? [])).toEqual({ mail: 'null', name: 'sha256' });
  expect(rule?.where).toBe('(a = 1) AND (b = 2 OR c)');
  expect(rules.of({ schema: 'other', name: 'things' })).toBeNull();
});

test('columns must exist where exactly this table is named', () => {
  const rules = new TableRules([section('public.*', { exclude: ['pw'] }), section('public.users', { mask: { mail: 'null' } })], null);
  expect([...(rules.of(users)?.exact ?? [])]).toEqual(['mail']);
  expect(rules.of(users)?.places.get('pw')).toBe('table.public.*.exclude');
});

test('the fingerprint is of sections and salt, and shows neither', () => {
  const prints = [
    printOf([], 'one'),
    printOf([], 'two'),
    printOf([section('public.users', {})], 'one'),
    printOf([section('public.users', { where: 'a' })], 'one'),
  ];
  expect(new Set(prints).size).toBe(4);
  expect(printOf([], 'one')).toBe(printOf([], 'one'));
  const salted = new TableRules([], new MaskSalt('a salt'));
  expect(JSON.stringify(salted) + JSON.stringify(Object.entries(salted.salt ?? {}))).not.toContain('a salt');
});

test('a mask is the SHA-256 of salt and text, of any length', () => {
  const salt = new MaskSalt('salt');
  // printf 'saltΩ' | sha256sum, and printf 'salt' | sha256sum
  expect(salt.maskText('Ω')).toBe('860a5c2c8bce82bfa26cffa8931ea5ac7d0f9c8a25e1dc8a47d47e956c61aff0');
  expect(salt.maskText('')).toBe('63479ad69a090b258277ec8fba6f99419a2ffb248981510657c944ccd1148e97');
  expect(salt.maskText('x'.repeat(100_000))).not.toBe(salt.maskText('x'.repeat(99_999)));
});

test.each([{ retention: 1000 }, { history: 1000 }])('a section that has only %o changes no fingerprint and is no rule', (time) => {
  const kept = { glob: 'public.t', exclude: [], mask: {}, where: null, ...time };
  const left = { ...kept, exclude: ['note'] };
  const plain = { glob: 'public.t', exclude: ['note'], mask: {}, where: null };
  expect(new TableRules([kept], null).fingerprint).toBe(new TableRules([], null).fingerprint);
  expect(new TableRules([kept], null).of({ schema: 'public', name: 't' })).toBeNull();
  expect(new TableRules([left, kept], null).fingerprint).toBe(new TableRules([plain], null).fingerprint);
});

test('a history is refused for a table without a key that is named in full, and a glob leaves it out', () => {
  const wanted = { exclude: [], mask: {}, where: null, history: 'forever' as const };
  const rules = new TableRules(
    [
      { glob: 'public.log', ...wanted },
      { glob: 'public.*', ...wanted },
    ],
    null,
  );
  const log = { schema: 'public', name: 'log', identity: 'full' };
  expect(rules.withoutVersions([log, { schema: 'public', name: 'orders', identity: 'key' }])).toEqual(['public.log']);
  expect(rules.withoutVersions([{ ...log, identity: 'key' }])).toEqual([]);
});
