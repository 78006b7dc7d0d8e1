import { describe, expect, test } from 'vitest';
import { parseClickhouseCode, engineError, clickhouseCodeOf } from './clickhouse-code.ts';
import { contentType } from './wire/content-type.ts';
import { isLoopbackHost, isLoopbackOrigin } from '../core/loopback.ts';
import { literalCh, qualifiedCh, quoteCh, warehouseDatabase, warehouseTable } from './names.ts';

describe('names', () => {
  test('are quoted so that nothing gets out of the quotes', () => {
    expect(quoteCh('a`b\\')).toBe('`a\\`b\\\\`');
    expect(literalCh("a'b\\\n\0")).toBe("'a\\'b\\\\\\n\\0'");
    expect(qualifiedCh('public', 'my table')).toBe('`public`.`my table`');
  });

  test('of schemas that mean something to ClickHouse get a prefix', () => {
    expect(['public', 'system', 'INFORMATION_SCHEMA', 'tailrace', 'System', 'default'].map(warehouseDatabase)).toEqual([
      'public',
      'pg_system',
      'pg_INFORMATION_SCHEMA',
      'pg_tailrace',
      'System',
      'default',
    ]);
  });

  test('that ClickHouse cannot keep whole are cut and stay different', () => {
    const emoji = '\u{1f600}'.repeat(15);
    const kanji = '\u{6f22}'.repeat(21);
    expect([warehouseDatabase('x'.repeat(63)), warehouseDatabase(kanji.slice(0, 15))]).toEqual(['x'.repeat(63), kanji.slice(0, 15)]);
    expect([warehouseTable('public', 'x'.repeat(70)), warehouseTable('public', `${emoji}__exact`)]).toEqual([
      'x'.repeat(70),
      `${emoji}__exact`,
    ]);
    expect(warehouseDatabase(kanji)).toMatch(/^\u{6f22}{14}_[0-9a-f]{8}$/u);
    const cut = [kanji, `${kanji}__exact`, emoji].map((name) => warehouseTable(warehouseDatabase(kanji), name));
    expect(cut[0]).toMatch(/^\u{6f22}{7}_[0-9a-f]{8}$/u);
    expect(new Set(cut).size).toBe(3);
  });
});

describe('errors of the engine', () => {
  test.each([
    [62, 'WAREHOUSE_QUERY'],
    [210, 'WAREHOUSE_UNAVAILABLE'],
    [236, 'WAREHOUSE_UNAVAILABLE'],
    [243, 'WAREHOUSE_FULL'],
    [499, 'LAKE_UNAVAILABLE'],
    [516, 'WAREHOUSE_REFUSED'],
    [null, 'WAREHOUSE_QUERY'],
  ])('%s is %s', (code, expected) => {
    const error = engineError(code, `Code: ${code}. DB::Exception: x`);
    expect([error.code, clickhouseCodeOf(error)]).toEqual([expected, code]);
  });

  test.each([
    ['(total)', false, 'WAREHOUSE_UNAVAILABLE'],
    ['(total)', true, 'WAREHOUSE_QUERY'],
    ['Query', false, 'WAREHOUSE_QUERY'],
    ['Query', true, 'WAREHOUSE_QUERY'],
  ])('%s memory that is used up (by a builder: %s) is %s', (which, ofBuilder, expected) => {
    const said = `Code: 241. DB::Exception: ${which} memory limit exceeded: would use 1.12 GiB`;
    expect(engineError(241, said, { ofBuilder }).code).toBe(expected);
  });

  test('are said once, without the version', () => {
    const error = engineError(164, 'Code: 164. DB::Exception: Code: 164. DB::Exception: no. (READONLY) (version 26.7.2.1). (READONLY)');
    expect(error.message).toMatch(/^WAREHOUSE_QUERY: Code: 164\. DB::Exception: no\. \(READONLY\)/);
    expect(parseClickhouseCode(error.message)).toBe(164);
  });
});

describe('what a browser sends', () => {
  test.each([
    ['localhost:8123', true],
    ['127.0.0.1', true],
    ['127.1.2.3:80', true],
    ['[::1]:8123', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example:8123', false],
    ['evil.example', false],
    [undefined, false],
  ])('host %s: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });

  test('counts by its origin too', () => {
    expect([undefined, 'http://localhost:3000', 'https://evil.example', 'null'].map(isLoopbackOrigin)).toEqual([true, true, false, false]);
  });
});

test('formats have the content types that ClickHouse gives them', () => {
  expect(['JSON', 'JSONEachRow', 'JSONCompactEachRowWithNames', 'CSV', 'CSVWithNames', 'TSV', 'Native'].map(contentType)).toEqual([
    'application/json; charset=UTF-8',
    'application/x-ndjson; charset=UTF-8',
    'application/x-ndjson; charset=UTF-8',
    'text/csv; charset=UTF-8; header=absent',
    'text/csv; charset=UTF-8; header=present',
    'text/tab-separated-values; charset=UTF-8',
    'application/octet-stream',
  ]);
});
