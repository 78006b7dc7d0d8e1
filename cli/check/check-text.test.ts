import { expect, test } from 'vitest';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { checkText } from './check-text.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'];

/** A table that we may neither publish nor read, in one of two schemas. */
function closedTable(name: string, index: number): CheckItem[] {
  const schema = index % 2 === 0 ? 'public' : 'crm';
  const table = `${schema}.${name}`;
  const unreadable = { relations: [{ schema, name }], user: 'repl' };
  return [
    { item: 'owner', value: 'another role, app', verdict: 'fail', fix: 'GRANT app TO repl; -- why', table },
    { item: 'select', value: 'not allowed', verdict: 'fail', fix: `GRANT SELECT ON ${table} TO repl;`, unreadable, table },
    { item: 'kept as exact text', value: 'v inet', verdict: 'ok', fix: null, table },
    { item: 'long values', value: 'v', verdict: 'ok', fix: null, table },
  ];
}

test('a problem of many tables is reported once, with one grant for each schema', () => {
  const server: CheckItem[] = [
    { item: 'version', value: '18.4', verdict: 'ok', fix: null },
    { item: 'wal_level', value: 'logical', verdict: 'ok', fix: null },
  ];
  const plan = { lines: [['crm.b', '1', '8 B', '0.0 s', 'upserts by key', 'owner, select']], summary: '16 tables', cost: 'nothing' };
  const text = checkText({ items: [...server, ...NAMES.flatMap(closedTable)], plan, ready: false });
  expect(text.split('\n')).toEqual([
    'ok    version: 18.4 · wal_level: logical',
    'note  kept as exact text: public.a (v inet), crm.b (v inet), public.c (v inet), crm.d (v inet), public.e (v inet),',
    '        crm.f (v inet), public.g (v inet), crm.h (v inet), public.i (v inet), crm.j (v inet), public.k (v inet), crm.l',
    '        (v inet), public.m (v inet), crm.n (v inet), public.o (v inet), crm.p (v inet)',
    'FAIL  public.a, crm.b, public.c, crm.d, public.e and 11 more: owner: another role, app',
    '        GRANT app TO repl; -- why',
    'FAIL  public.a, crm.b, public.c, crm.d, public.e and 11 more: select: not allowed',
    '        GRANT USAGE ON SCHEMA public TO repl;',
    '        GRANT USAGE ON SCHEMA crm TO repl;',
    '        GRANT SELECT ON public.a, public.c, public.e, public.g, public.i, public.k, public.m, public.o TO repl;',
    '        GRANT SELECT ON crm.b, crm.d, crm.f, crm.h, crm.j, crm.l, crm.n, crm.p TO repl;',
    '',
    'table  rows  size   time  how             warnings',
    'crm.b     1   8 B  0.0 s  upserts by key  owner, select',
    '',
    '16 tables',
    'nothing',
    '',
    'NOT ready: fix the items marked FAIL',
    '',
  ]);
});

function trouble(table: string, value: string): CheckItem {
  return { item: 'partitions', value, verdict: 'warn', fix: `-- ${value}`, table };
}

test('tables whose trouble differs are told apart', () => {
  const plan = { lines: [], summary: '', cost: '' };
  const text = checkText({ items: [trouble('public.a', '2'), trouble('public.b', '3'), trouble('public.c', '2')], plan, ready: true });
  expect(text.split('\n').slice(0, 4)).toEqual([
    'warn  public.a, public.c: partitions: 2',
    '        -- 2',
    'warn  public.b: partitions: 3',
    '        -- 3',
  ]);
});
