import { describe, expect, test } from 'vitest';
import { RefusedError } from './statement-cursor.ts';
import { shapeOf } from './write-shape.ts';
import { WriterSessions } from './writer-sessions.ts';

const told = (sql: string): unknown => {
  try {
    return shapeOf(sql, 'analytics');
  } catch (error) {
    return error instanceof RefusedError ? [error.code, error.message] : error;
  }
};

describe('a statement of user builder', () => {
  test('is written again without comments, with whole names and with its own strings', () => {
    expect(told('/* a */ RENAME TABLE `a` TO other . b -- c\n, c TO d;')).toMatchObject({
      sql: 'RENAME TABLE `analytics`.`a` TO `other`.`b` , `analytics`.`c` TO `analytics`.`d`',
      targets: [
        { database: 'analytics', table: 'a' },
        { database: 'other', table: 'b' },
        { database: 'analytics', table: 'c' },
        { database: 'analytics', table: 'd' },
      ],
    });
    // Behind a blank, x is no sign of a literal in which the backslash escapes nothing.
    expect(told(String.raw`INSERT INTO t SELECT a>=x'\' , file(1) -- '`)).toMatchObject({
      sql: String.raw`INSERT INTO ${'`analytics`.`t`'} SELECT a>=x '\' , file(1) -- '`,
    });
    expect(told("ALTER TABLE t MODIFY COMMENT $x$it's$x$")).toMatchObject({
      sql: String.raw`ALTER TABLE ${'`analytics`.`t`'} MODIFY COMMENT 'it\'s'`,
    });
  });

  test('has its rows behind the words, with anything in them', () => {
    expect(told("INSERT INTO t (a, b) SETTINGS insert_deduplicate = 0 FORMAT CSV\n1,';")).toMatchObject({
      sql: 'INSERT INTO `analytics`.`t` (a, b)',
      rows: { format: 'CSV', settings: ' SETTINGS insert_deduplicate = 0', values: null },
    });
    expect(told("INSERT INTO t VALUES (1, ';') , (now(), /* x */ 2)")).toMatchObject({
      rows: { format: 'Values', values: "(1, ';') , (now(), 2)" },
    });
  });

  test('says which tables it copies, which its tree does not', () => {
    expect(told("ALTER TABLE t REPLACE PARTITION ID 'a' FROM s.u, REPLACE PARTITION ID 'b' FROM v")).toMatchObject({
      copied: [
        { database: 's', table: 'u' },
        { database: 'analytics', table: 'v' },
      ],
    });
    expect(told('CREATE TABLE t AS s.u')).toMatchObject({ copied: [{ database: 's', table: 'u' }] });
  });

  test.each([
    ['', [62, 'the query is empty. (SYNTAX_ERROR)']],
    ['DROP TABLE', [62, 'the statement is not complete. (SYNTAX_ERROR)']],
    ['DROP TABLE a; DROP TABLE b', [62, 'only one statement can be run at a time. (SYNTAX_ERROR)']],
    ['CREATE TABLE t CLONE AS u', [497, 'builder may not say CLONE here. (ACCESS_DENIED)']],
    ['SET a = 1', [497, 'builder may not set a. (ACCESS_DENIED)']],
    ['INSERT INTO t SELECT 1 SETTINGS mutations_sync', [497, 'builder may not set mutations_sync so. (ACCESS_DENIED)']],
    ['DROP TABLE "a.b"', [497, 'a name that builder writes to has letters, digits, _ and - only. (ACCESS_DENIED)']],
  ])('is refused with its reason: %s', (sql, reason) => {
    expect(told(sql)).toEqual(reason);
  });

  test("is read in the readers' way if it reads", () => {
    expect([told('SELECT 1; SELECT 2'), told('EXISTS DATABASE a'), told('(SELECT 1)')]).toEqual([
      { kind: 'read' },
      { kind: 'read' },
      { kind: 'read' },
    ]);
    expect(told("SET `mutations_sync` = 1, input_format_csv_skip_first_lines = '2'")).toEqual({
      kind: 'set',
      settings: { mutations_sync: '1', input_format_csv_skip_first_lines: '2' },
    });
  });
});

const at = (seconds: number): { nowMs: number; seconds: number } => ({ nowMs: seconds * 1_000, seconds: 10 });

test('a session keeps its settings as long as it is used, and no longer', () => {
  const sessions = new WriterSessions();
  sessions.set('a', { mutations_sync: '1' }, at(0));
  sessions.set('a', { alter_sync: '2' }, at(5));
  sessions.set(null, { alter_sync: '0' }, at(5));
  expect(sessions.settings('a', at(14))).toEqual({ mutations_sync: '1', alter_sync: '2' });
  expect(sessions.settings('b', at(14))).toEqual({});
  expect(sessions.settings('a', at(25))).toEqual({});
  for (let id = 0; id <= 1_000; id += 1) sessions.set(String(id), { alter_sync: '1' }, at(30));
  expect([sessions.settings('0', at(30)), sessions.settings('1', at(30))]).toEqual([{}, { alter_sync: '1' }]);
});
