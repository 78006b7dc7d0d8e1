import { describe, expect, test } from 'vitest';
import { judgeStatement } from './statement.ts';

const body = (sql: string): string | null => {
  const judged = judgeStatement(sql);
  return judged.ok ? judged.body : null;
};
const code = (sql: string): number | null => {
  const judged = judgeStatement(sql);
  return judged.ok ? null : judged.code;
};

describe('a statement of a reader', () => {
  test('loses its FORMAT clause and closing semicolons, and nothing else', () => {
    expect(judgeStatement(' SELECT 1 -- why\n FORMAT JSON ;; ')).toEqual({
      ok: true,
      body: 'SELECT 1',
      format: 'JSON',
      settings: {},
      select: 'SELECT 1',
    });
    expect(judgeStatement("SELECT 'FORMAT CSV'")).toMatchObject({ body: "SELECT 'FORMAT CSV'", format: null });
    expect(judgeStatement('SELECT format FROM t')).toMatchObject({ body: 'SELECT format FROM t', format: null });
    expect(judgeStatement("SELECT ';' AS `a;b`, $x$ ; $x$")).toMatchObject({ ok: true, format: null });
  });

  test.each([
    'SELECT 1',
    'select 1',
    'WITH 1 AS x SELECT x',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'FROM t SELECT 1',
    'SHOW TABLES',
    "SHOW TABLES WHERE name IN ('a', 'b')",
    "SHOW TABLES FROM public LIKE 'o%'",
    'DESCRIBE public.orders',
    'DESC TABLE `odd name`',
    'DESCRIBE (SELECT 1)',
    'EXISTS TABLE public.orders',
    'EXPLAIN SELECT 1',
    'EXPLAIN PLAN actions = 1, indexes = 1 SELECT 1',
    '/* a comment */ SELECT 1',
  ])('is taken: %s', (sql) => {
    expect(code(sql)).toBeNull();
  });

  test.each([
    ['INSERT INTO t VALUES (1)', 164],
    ['KILL QUERY WHERE 1', 164],
    ['SET readonly = 0', 164],
    ['USE system', 164],
    ['SYSTEM FLUSH LOGS', 164],
    ['SELECT 1; DROP TABLE t', 62],
    ['', 62],
    [';;', 62],
    ['-- only words', 62],
    ["SELECT 1 INTO OUTFILE 'x'", 164],
    ["SELECT 1 into/**/outfile 'x'", 164],
    ["SHOW TABLES INTO OUTFILE 'x'", 164],
    ['EXISTS TABLE default.`/etc/passwd`', 164],
    ['EXISTS `default` . `passwd`', 164],
    ['EXISTS `/etc/passwd`', 164],
    ['EXISTS TABLE `\\x2fetc\\x2fpasswd`', 164],
    ["SHOW TABLES // '\n INTO OUTFILE 'x' -- '", 164],
    ["SHOW TABLES WHERE name IN (SELECT file('x'))", 164],
    ["SELECT file('/etc/passwd')", 164],
    ["SELECT `file` ('/etc/passwd')", 164],
    ["DESCRIBE file('/etc/passwd')", 164],
    ["SELECT * FROM S3Cluster('x')", 164],
  ])('is refused: %j with code %i', (sql, expected) => {
    expect(code(sql)).toBe(expected);
  });

  test.each([
    ['SELECT 1 FORMAT JSON SETTINGS max_threads = 2', { max_threads: '2' }, 'JSON'],
    ["SELECT 1 SETTINGS a = 'it''s\\n', `b` = -1.5, c = true FORMAT CSV;", { a: "it's\n", b: '-1.5', c: 'true' }, 'CSV'],
    ['SELECT 1 SETTINGS a = 1 FORMAT JSON SETTINGS a = 2, b = 3', { a: '2', b: '3' }, 'JSON'],
    ["SHOW TABLES LIKE 'x' SETTINGS a = 1", { a: '1' }, null],
    ['SELECT settings', {}, null],
    ['SELECT 1 AS x WHERE settings = 1', {}, null],
    ['SELECT * FROM (SELECT 1 SETTINGS a = 1)', {}, null],
    ['SELECT 1 SETTINGS a = DEFAULT', {}, null],
    ['SELECT 1 SETTINGS a = [1]', {}, null],
  ])('has its closing settings taken off, and no others: %s', (sql, settings, format) => {
    expect(judgeStatement(sql)).toMatchObject({ ok: true, settings, format });
  });

  test('SHOW … WHERE has its condition checked as that of a query', () => {
    expect(judgeStatement("SHOW TABLES FROM public WHERE name LIKE 'o%' LIMIT 5")).toMatchObject({
      body: "SHOW TABLES FROM public WHERE name LIKE 'o%' LIMIT 5",
      select: "SELECT 1 WHERE name LIKE 'o%' LIMIT 5",
    });
    expect(code("SHOW TABLES WHERE file('x') = '1'")).toBe(164);
    expect(code("SHOW TABLES // '\n WHERE 1 INTO OUTFILE 'x' -- '")).toBe(164);
  });

  test('that is no query is written again from its tokens, so that comments cannot hide anything', () => {
    expect(body("SHOW /* ' */ TABLES -- '\n LIKE 'x'")).toBe("SHOW TABLES LIKE 'x'");
    expect(body('EXPLAIN /* x */ AST SELECT /* kept */ 1')).toBe('EXPLAIN AST SELECT /* kept */ 1\nFORMAT Null');
  });

  test('that asks for a tree is judged alike after a reader of another process has ended it', () => {
    const first = judgeStatement('EXPLAIN AST SELECT 1');
    expect(first).toMatchObject({ ok: true, body: 'EXPLAIN AST SELECT 1\nFORMAT Null', select: 'SELECT 1' });
    expect(judgeStatement('EXPLAIN AST SELECT 1\nFORMAT Null\nFORMAT TSV')).toEqual({ ...first, format: 'TSV' });
  });

  test('may call its columns what it likes', () => {
    expect(code('SELECT url, file, s3 AS remote FROM t WHERE file = 1')).toBeNull();
    expect(code('SELECT \'file(x)\', "url" FROM t')).toBeNull();
  });
});
