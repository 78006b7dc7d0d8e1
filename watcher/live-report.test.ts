import { expect, test } from 'vitest';
import { parseReport } from './live-report.ts';

test('a report is a SELECT with the headers of its chart', () => {
  const text = [
    '-- A row is a minute.',
    '-- @title Revenue',
    '-- @chart line',
    '-- @x minute',
    '-- @y revenue, orders',
    '-- @series country',
  ];
  expect(parseReport('revenue', [...text, '-- @every 5s', 'SELECT 1;', ''].join('\n'), 'f')).toEqual({
    name: 'revenue',
    about: 'A row is a minute.',
    title: 'Revenue',
    chart: 'line',
    x: 'minute',
    y: ['revenue', 'orders'],
    series: 'country',
    everyMs: 5000,
    select: 'SELECT 1',
  });
  expect(parseReport('by_state', 'SELECT 1', 'f')).toMatchObject({ title: 'by state', chart: 'table', x: null, y: [], everyMs: 1000 });
});

test.each([
  ['-- @titel x\nSELECT 1', 'BAD_MODEL: f:1: @titel is not a header of a report. Use @title, @chart, @x, @y, @series, @every.'],
  ['-- @x a\n-- @x b\nSELECT 1', 'BAD_MODEL: f:2: @x stands there twice. Remove one of the two.'],
  ['-- @x\nSELECT 1', 'BAD_MODEL: f:1: @x has no value. Give it one, or remove the line.'],
  ['-- @chart pie\nSELECT 1', 'BAD_MODEL: f:1: "pie" is not a chart. Use number, line, bar, table.'],
  ['-- @every soon\nSELECT 1', 'BAD_MODEL: f:1: "soon" is not a time of at least 100ms. Write it like 500ms, 10s or 5m.'],
  ['-- @every 5ms\nSELECT 1', 'BAD_MODEL: f:1: "5ms" is not a time of at least 100ms. Write it like 500ms, 10s or 5m.'],
  ['-- About.\n\nDROP TABLE x', 'BAD_MODEL: f:3: only SELECT, WITH, SHOW, DESCRIBE, EXPLAIN and EXISTS can be run here. Write one SELECT.'],
  ['SHOW TABLES', 'BAD_MODEL: f:1: it is not a SELECT. Write one SELECT.'],
  ['SELECT 1;\nSELECT 2', 'BAD_MODEL: f:1: only one statement can be run at a time. Write one SELECT.'],
  ['SELECT 1\nFORMAT CSV', 'BAD_MODEL: f:2: FORMAT is not allowed. Remove the FORMAT clause.'],
  ['SELECT 1 SETTINGS max_threads = 1', 'BAD_MODEL: f:1: SETTINGS are not allowed. Remove the SETTINGS clause.'],
  ['', 'BAD_MODEL: f:1: the query is empty. Write one SELECT.'],
])('a bad report is refused with its line: %j', (text, message) => {
  expect(() => parseReport('name', text, 'f')).toThrow(expect.objectContaining({ message }));
});
