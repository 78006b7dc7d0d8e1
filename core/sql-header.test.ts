import { expect, test } from 'vitest';
import { badModel, parseHeader } from './sql-header.ts';

test('a file is what a row is, header lines, and a statement that keeps its own comments', () => {
  const text = [
    '-- One row per order,',
    '-- with what was paid.',
    '--',
    '-- @kind incremental',
    '--@by  order_id = public.orders: id  ',
    '-- @test rows >= 1',
    '',
    'SELECT 1 -- the one',
    '-- and no other',
    '',
  ].join('\n');
  expect(parseHeader(text, 'a.sql')).toEqual({
    about: 'One row per order, with what was paid.',
    headers: [
      { key: 'kind', value: 'incremental', line: 4 },
      { key: 'by', value: 'order_id = public.orders: id', line: 5 },
      { key: 'test', value: 'rows >= 1', line: 6 },
    ],
    body: 'SELECT 1 -- the one\n-- and no other',
    bodyLine: 8,
  });
});

test('a file may begin with a byte order mark and end its lines as Windows does', () => {
  expect(parseHeader('\ufeff-- about\r\n-- @kind view\r\nSELECT 1\r\n', 'a.sql')).toEqual({
    about: 'about',
    headers: [{ key: 'kind', value: 'view', line: 2 }],
    body: 'SELECT 1',
    bodyLine: 3,
  });
});

test('a file may be headers alone, or a statement alone', () => {
  expect(parseHeader('-- @reconcile public.orders', 'a.sql')).toMatchObject({ about: '', body: '', bodyLine: 1 });
  expect(parseHeader('SELECT 1', 'a.sql')).toEqual({ about: '', headers: [], body: 'SELECT 1', bodyLine: 1 });
});

test('a header line below the statement is refused, because it would be lost', () => {
  expect(() => parseHeader('SELECT 1\n-- @test rows >= 1', 'marts/a.sql')).toThrow(
    'BAD_MODEL: marts/a.sql:2: @test stands below the statement. Move it above the statement.',
  );
});

test('an error about a file is one line with the place, the fact and the cure', () => {
  expect(badModel('a.sql', 3, 'unknown kind "x"', 'Write view.').message).toBe('BAD_MODEL: a.sql:3: unknown kind "x". Write view.');
});
