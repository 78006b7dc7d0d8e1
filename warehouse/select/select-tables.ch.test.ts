import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { scratch } from '../../test/support/scratch.ts';
import { EmbeddedEngine } from '../embedded-engine.ts';
import type { Engine } from '../engine.ts';
import { RefusedSelect, renameDatabases, selectTables } from './select-tables.ts';

let folder: Awaited<ReturnType<typeof scratch>>;
let engine: Engine;
beforeAll(async () => {
  folder = await scratch();
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

/** `database.name`, or `name`, of every table that it reads. */
const tablesOf = async (sql: string): Promise<string[]> =>
  (await selectTables(engine, sql)).tables.map(({ database, name }) => (database === null ? name : `${database}|${name}`));
const refusal = async (sql: string): Promise<string> =>
  selectTables(engine, sql).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );

/** The SELECT with `run_` before every database, and `run_x` before that of a table `other`. */
const renamed = async (sql: string): Promise<string> => {
  const { select, tables } = await selectTables(engine, sql);
  return renameDatabases(select, tables, ({ database, name }) => `run_${name === 'other' ? 'x' : ''}${database}`);
};

describe('the tables that a SELECT reads', () => {
  test.each([
    ['SELECT 1', []],
    ['SELECT * FROM a.b;', ['a|b']],
    ['FROM a.b SELECT *', ['a|b']],
    ['SELECT * FROM a.b AS x JOIN a.c AS y ON x.i = y.i, d.e', ['a|b', 'a|c', 'd|e']],
    [
      'SELECT (SELECT max(i) FROM a.b), * FROM c.d WHERE i IN (SELECT i FROM e.f) AND EXISTS (SELECT 1 FROM g.h)',
      ['a|b', 'c|d', 'e|f', 'g|h'],
    ],
    ['SELECT 1 FROM a.b UNION ALL SELECT 2 FROM c.d EXCEPT SELECT 3 FROM e.f', ['a|b', 'c|d', 'e|f']],
    ['(SELECT 1 FROM a.b) INTERSECT (SELECT 2 FROM c.d)', ['a|b', 'c|d']],
    ['SELECT * FROM a.b FINAL ARRAY JOIN list AS one', ['a|b']],
    ['SELECT * FROM view(SELECT * FROM a.b) CROSS JOIN numbers(3)', ['a|b']],
    ['SELECT * FROM plain', ['plain']],
    ['SELECT a.b.*, a.b.i FROM a.b', ['a|b']],
    ['SELECT `a``b`."c d".i FROM `a``b`."c d"', ['a`b|c d']],
    ['SELECT * FROM `a.b`', ['a.b']],
    ['SELECT * FROM a.`b.c`', ['a|b.c']],
    ['SELECT * FROM a.1st', ['a|1st']],
    ['SELECT * FROM /* x.y */ a.b -- c.d', ['a|b']],
  ])('%s', async (sql, expected) => {
    expect((await tablesOf(sql)).toSorted()).toEqual(expected.toSorted());
  });

  test('are not the names of WITH, wherever these are used', async () => {
    const sql = `WITH RECURSIVE one AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM one JOIN a.b USING n),
      two (x, y) AS (SELECT 1, 2), three AS MATERIALIZED (SELECT * FROM c.d), 5 AS five
      SELECT *, five FROM one JOIN two ON n = x WHERE y IN three WINDOW w AS (ORDER BY n)`;
    expect(await tablesOf(sql)).toEqual(['a|b', 'c|d']);
  });

  test('come with every function that is called, in lower case', async () => {
    const { functions } = await selectTables(
      engine,
      "SELECT toStartOfMinute(NOW()), count(), x -> x IN (1, 2) FROM a.b WHERE i BETWEEN 1 AND 'now()'",
    );
    expect(functions).toEqual(expect.arrayContaining(['tostartofminute', 'now', 'count', 'in', 'and']));
  });
});

describe('a SELECT is refused when', () => {
  test.each([
    ['a table stands behind IN', 'SELECT 1 FROM a.b WHERE i IN c.d', 'IN c.d does not show whether a table is read'],
    ['a table stands behind NOT IN in brackets', 'SELECT 1 FROM a.b WHERE i NOT IN (c.d)', 'IN c.d does not show'],
    ['in() is called', 'SELECT in(i, c.d) FROM a.b', 'IN c.d does not show'],
    ['a name that is no alias stands behind IN', 'SELECT 1 FROM a.b WHERE i GLOBAL IN plain', 'IN plain does not show'],
    ['it reads a dictionary', "SELECT dictGet('a.d', 'x', i) FROM a.b", 'dictGet() reads what the SELECT does not name'],
    ['it reads a dictionary as a table', "SELECT * FROM dictionary('a.d')", 'dictionary() reaches outside the warehouse'],
    ['it reads a Join table', "SELECT joinGet('a.j', 'x', i) FROM a.b", 'joinGet() reads what the SELECT does not name'],
    ['it merges tables', "SELECT * FROM merge('a', '.*')", 'merge() reads tables that the SELECT does not name'],
    ['it calls a view with parameters', 'SELECT * FROM a.b(x = 1)', 'a.b() reads tables that the SELECT does not name'],
    ['it looks at a catalog', "SELECT hasColumnInTable('a', 'b', 'c')", 'hasColumnInTable() reads what'],
    ['it reaches out', "SELECT * FROM url('http://x', CSV)", 'url() reaches outside the warehouse'],
    ['it reads a file', "SELECT file('x')", 'file() reaches outside the warehouse'],
    ['it is something else', 'DROP TABLE a.b', 'only SELECT, WITH'],
    ['it only explains one', 'EXPLAIN SELECT 1', 'it is not a SELECT'],
    ['it only describes one', 'DESCRIBE TABLE a.b', 'it is not a SELECT'],
    ['it is two', 'SELECT 1; SELECT 2', 'only one statement can be run at a time'],
    ['it has FORMAT', 'SELECT 1 FORMAT CSV', 'FORMAT is not allowed'],
    ['it has SETTINGS', 'SELECT 1 SETTINGS max_threads = 1', 'SETTINGS are not allowed'],
    ['a subquery has SETTINGS', 'SELECT * FROM (SELECT 1 SETTINGS max_threads = 1)', 'SETTINGS are not allowed'],
    ['it writes a file', "SELECT 1 INTO OUTFILE '/tmp/x'", 'INTO OUTFILE is not allowed'],
    ['it is empty', '-- nothing', 'the query is empty'],
    ['its braces do not close', 'SELECT (1', 'Code: 62'],
    ['its bracket is closed by the next', 'SELECT 1) SELECT (2', 'Code: 62'],
    ['a column is spelled like a table', 'SELECT a.b FROM c.d AS a, a.b', 'a.b is the name of a table and of a column'],
    ['a name has two meanings', 'SELECT * FROM `a.b`, a.b', 'it cannot be told which table a.b is'],
  ])('%s', async (_why, sql, expected) => {
    expect(await refusal(sql)).toMatch(/^BAD_QUERY: .*\. [A-Z].*\.$/);
    expect(await refusal(sql)).toContain(expected);
  });

  test('it cannot be parsed: the complaint is about its own lines', async () => {
    const refused = selectTables(engine, 'SELECT 1,\n  2 FRM x y');
    await expect(refused).rejects.toThrow(RefusedSelect);
    await expect(refused).rejects.toMatchObject({
      line: 2,
      what: expect.stringContaining('SYNTAX_ERROR'),
    });
  });
});

describe('other databases', () => {
  test.each([
    ['SELECT i FROM a.b', 'SELECT i FROM `run_a`.b'],
    [
      'SELECT a.b.i, `a`."b".*, b.a, x.b FROM a.b AS x',
      'SELECT `run_a`.b.i, `run_a`."b".*, b.a, x.b FROM a.b AS x'.replace('FROM a', 'FROM `run_a`'),
    ],
    ["SELECT 'a.b' /* a.b */ FROM a . b -- a.b", "SELECT 'a.b' /* a.b */ FROM `run_a` . b"],
    ['WITH b AS (SELECT * FROM a.b) SELECT * FROM b, a.other', 'WITH b AS (SELECT * FROM `run_a`.b) SELECT * FROM b, `run_xa`.other'],
    ['SELECT f(1).a.b, b.b FROM a.b', 'SELECT f(1).a.b, b.b FROM `run_a`.b'],
    ['SELECT i FROM a.b, plain', 'SELECT i FROM `run_a`.b, plain'],
  ])('%s', async (sql, expected) => {
    expect(await renamed(sql)).toBe(expected);
  });

  test('are those from which the engine reads', async () => {
    for (const database of ['shop', 'run_shop']) {
      await engine.exec(`CREATE DATABASE ${database}`);
      await engine.exec(`CREATE TABLE ${database}.orders (id UInt64, state String) ENGINE = MergeTree ORDER BY id`);
      await engine.exec(`INSERT INTO ${database}.orders VALUES (1, '${database}')`);
    }
    const sql = 'SELECT orders.state AS a, shop.orders.state AS b FROM shop.orders WHERE id IN (SELECT id FROM shop.orders)';
    expect(await engine.query(await renamed(sql))).toEqual([{ a: 'run_shop', b: 'run_shop' }]);
  });
});
