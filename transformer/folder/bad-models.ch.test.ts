import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headed, INCREMENTAL, modelsBench, selecting } from '../../test/support/models-bench.ts';
import type { ModelFiles, ModelsBench } from '../../test/support/models-bench.ts';
import { readFolder } from './read-folder.ts';

let bench: ModelsBench;
beforeAll(async () => {
  bench = await modelsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('bad input', () => {
  test.each<[string, ModelFiles, string]>([
    ['an unknown header', headed('@kind view', '@unique id'), 'marts/a.sql:3: unknown header @unique. Use @kind, @key,'],
    ['an unknown kind', headed('@kind materialized'), 'marts/a.sql:2: unknown kind "materialized". Use view, table, incremental.'],
    ['an unknown test', headed('@test uniq id'), 'marts/a.sql:2: unknown test "uniq"; known are'],
    ['an unknown column in @key', headed('@key id, nr'), 'marts/a.sql:2: unknown column "nr". The SELECT returns id, state, at.'],
    ['an unknown column in @test', headed('@key id', '@test not_null nr'), 'marts/a.sql:3: unknown column "nr".'],
    [
      'an unknown column before = in @by',
      headed('@kind incremental', '@key id', '@by nr = public.orders: id'),
      'marts/a.sql:4: unknown column "nr".',
    ],
    [
      'an unknown column after : in @by',
      headed('@kind incremental', '@key id', '@by id = public.orders: nr'),
      'marts/a.sql:4: Unknown expression identifier `nr` (UNKNOWN_IDENTIFIER). Correct',
    ],
    [
      'an unknown timezone',
      headed('@cron 0 6 * * *', '@timezone Mars/Olympus'),
      'marts/a.sql:3: unknown timezone "Mars/Olympus". Write it',
    ],
    ['an unknown cron', headed('@cron "0 25 * * *"'), 'marts/a.sql:2: "0 25 * * *" is not a cron pattern. Write minute,'],
    ['an unknown time', headed('@every now and then'), 'marts/a.sql:2: "now and then" is not a time. Write a time such as'],
    ['a key twice', headed('@key id', '@kind view', '@key state'), 'marts/a.sql:4: @key stands twice. Keep one of the two.'],
    ['a header below the SELECT', selecting('SELECT 1 AS a\n-- @key a'), 'marts/a.sql:3: @key stands below the statement. Move it'],
    ['no SELECT', { 'marts/a.sql': '-- A row.\n-- @kind view' }, 'marts/a.sql:2: it has no SELECT. Write one SELECT'],
    ['two SELECTs', selecting('SELECT 1 AS a;\nSELECT 2 AS a'), 'marts/a.sql:2: only one statement can be run at a time. Write one'],
    ['another statement', selecting('CREATE TABLE x (a Int8)'), 'marts/a.sql:2: only SELECT, WITH, SHOW'],
    ['a SELECT that does not parse', selecting('SELECT 1 AS a,\n  2 FRM x y'), 'marts/a.sql:3: Code: 62. DB::Exception: Syntax error'],
    ['FORMAT', selecting('SELECT 1 AS a\nFORMAT CSV'), 'marts/a.sql:3: FORMAT is not allowed. Remove'],
    ['SETTINGS', selecting('SELECT 1 AS a\nSETTINGS max_threads = 1'), 'marts/a.sql:3: SETTINGS are not allowed. Remove'],
    ['INTO OUTFILE', selecting("SELECT 1 AS a INTO OUTFILE '/tmp/x'"), 'marts/a.sql:2: INTO OUTFILE is not allowed here.'],
    [
      'a table behind IN',
      selecting('SELECT id FROM public.orders\nWHERE id IN public.items'),
      'marts/a.sql:3: IN public.items does not show',
    ],
    ['a dictionary', selecting("SELECT dictGet('d', 'a', 1) AS a"), 'marts/a.sql:2: dictGet() reads what the SELECT does not name.'],
    ['joinGet', selecting("SELECT joinGet('public.j', 'a', 1) AS a"), 'marts/a.sql:2: joinGet() reads what'],
    ['merge()', selecting("SELECT * FROM merge('public', '.*')"), 'marts/a.sql:2: merge() reads tables that the SELECT does not name.'],
    ['a function that reaches out', selecting("SELECT * FROM url('http://localhost', CSV)"), 'marts/a.sql:2: url() reaches outside'],
    [
      'a table without a database',
      selecting('SELECT id\nFROM orders'),
      'marts/a.sql:3: table orders has no database. Write it as database.orders.',
    ],
    [
      'a table of ours',
      selecting('SELECT *\nFROM tailrace.freshness'),
      'marts/a.sql:3: tailrace.freshness belongs to tailrace or ClickHouse.',
    ],
    ['a table of a run', selecting('SELECT * FROM tailrace_models.r1_1'), 'marts/a.sql:2: tailrace_models.r1_1 belongs to'],
    ['a table that no freeze has', selecting('SELECT * FROM elsewhere.t'), 'marts/a.sql:2: unknown table elsewhere.t.'],
    ['an unknown table', selecting('SELECT *\nFROM public.nothing'), 'marts/a.sql:3: Unknown table expression identifier'],
    [
      'an unknown column',
      selecting('SELECT id,\n  nr\nFROM public.orders'),
      'marts/a.sql:3: Unknown expression identifier `nr` (UNKNOWN_IDENTIFIER).',
    ],
    [
      'an unknown function',
      selecting('SELECT upperCase(state) AS a FROM public.orders'),
      'marts/a.sql:2: Function with name `upperCase` does not exist',
    ],
    [
      'an unknown column of a model',
      { ...selecting('SELECT b.nr AS a FROM marts.b'), 'marts/b.sql': 'SELECT id FROM public.orders' },
      "marts/a.sql:2: Identifier 'b.nr' cannot be resolved from table with name b. Maybe you meant: ['b.id'] (UNKNOWN_IDENTIFIER).",
    ],
    ['two columns of one name', selecting('SELECT id, state AS id FROM public.orders'), 'marts/a.sql:2: two columns are called "id". Give'],
    [
      'a test of an unknown column elsewhere',
      headed('@test references id: public.items.nr'),
      'marts/a.sql:2: Unknown expression identifier `nr`',
    ],
    [
      'a cycle',
      {
        'marts/a.sql': 'SELECT * FROM marts.b',
        'marts/b.sql': '-- B.\nSELECT * FROM stg.c',
        'stg/c.sql': 'SELECT * FROM marts.b JOIN public.orders USING (id)',
      },
      'marts/b.sql:2: models read each other: marts.b → stg.c → marts.b. Break the ring.',
    ],
    ['a model that reads itself', selecting('SELECT * FROM marts.a'), 'marts/a.sql:2: models read each other: marts.a → marts.a.'],
    ['a name twice', { 'marts/a.sql': 'SELECT 1 AS a', 'marts/A.sql': 'SELECT 1 AS a' }, 'marts/a.sql:1: marts/A.sql has the same name'],
    ['a name that is none', { 'marts/a-b.sql': 'SELECT 1 AS a' }, 'marts/a-b.sql:1: "a-b" cannot be a name. Use letters'],
    ['a database that is none', { 'my marts/a.sql': 'SELECT 1 AS a' }, 'my marts/a.sql:1: "my marts" cannot be the name of a database.'],
    ['a database of the source', { 'public/a.sql': 'SELECT 1 AS a' }, 'public/a.sql:1: database public shows a schema of the source. Move'],
    [
      'the database tailrace',
      { 'tailrace/a.sql': 'SELECT 1 AS a' },
      'tailrace/a.sql:1: database tailrace is used by tailrace or ClickHouse.',
    ],
    ['a database of runs', { 'tailrace_run_1/a.sql': 'SELECT 1 AS a' }, 'tailrace_run_1/a.sql:1: database tailrace_run_1 is used by'],
    ['the database system', { 'system/a.sql': 'SELECT 1 AS a' }, 'system/a.sql:1: database system is used by'],
    ['the database information_schema', { 'information_schema/a.sql': 'SELECT 1 AS a' }, 'information_schema is used by'],
    ['a file in no folder', { 'a.sql': 'SELECT 1 AS a' }, 'a.sql:1: it does not lie in a folder of the models. Move it to DIR/<database>/'],
    ['a file too deep', { 'marts/x/a.sql': 'SELECT 1 AS a' }, 'marts/x/a.sql:1: it does not lie in a folder of the models.'],
    [
      'incremental without @key',
      headed('@kind incremental', '@by id = public.orders: id'),
      'marts/a.sql:2: an incremental model needs @key.',
    ],
    ['incremental without @by', headed('@kind incremental', '@key id'), 'marts/a.sql:2: an incremental model needs @by. Add'],
    ['@by elsewhere', headed('@kind table', '@key id', '@by id = public.orders: id'), 'marts/a.sql:4: @by has no meaning for a table. Add'],
    [
      '@by on what is not read',
      headed('@kind incremental', '@key id', '@by id = public.items: order_id'),
      'marts/a.sql:4: @by follows public.items, which the SELECT does not read. Name one of public.orders.',
    ],
    ['@by in another form', headed('@kind incremental', '@key id', '@by id = orders: id'), 'marts/a.sql:4: @by is not of the form'],
    [
      '@by twice for one input',
      headed('@kind incremental', '@key id', '@by id = public.orders: id', '@by id = public.orders: id + 1'),
      'marts/a.sql:5: @by follows public.orders twice.',
    ],
    [
      'several outputs of @by',
      { 'marts/a.sql': INCREMENTAL.replace('order_id = public.items', 'units = public.items') },
      'marts/a.sql:5: @by has the outputs order_id and units. Use one OUTPUT in all lines.',
    ],
    [
      'a subquery in @by',
      headed('@kind incremental', '@key id', '@by id = public.orders: (SELECT max(order_id) FROM public.items)'),
      'marts/a.sql:4: @by (SELECT max(order_id) FROM public.items): it reads items.',
    ],
    ['an aggregate in @by', headed('@kind incremental', '@key id', '@by id = public.orders: max(id)'), 'max() takes several rows.'],
    [
      'two expressions in @by',
      headed('@kind incremental', '@key id', '@by id = public.orders: id), (id'),
      'it is more than one expression.',
    ],
    [
      'a function that changes in @by',
      headed('@kind incremental', '@key id', '@by id = public.orders: id + rand()'),
      'marts/a.sql:4: @by id + rand(): rand() gives another result at another time.',
    ],
    [
      'a function that changes in an incremental model',
      { 'marts/a.sql': INCREMENTAL.replace('units)', 'units) + toHour(NOW())').replace('AS units', 'AS\nunits') },
      'marts/a.sql:6: now() gives another result at another time. Remove it, or use @kind table.',
    ],
    [
      'a function that changes in a view below an incremental model',
      {
        'marts/a.sql': INCREMENTAL.replace('public.items AS', 'stg.lines AS').replace('-- @by order_id = public.items: order_id\n', ''),
        'stg/lines.sql': 'SELECT *, today() AS seen_on FROM public.items',
      },
      'marts/a.sql:5: today() gives another result at another time, in stg.lines, which it reads.',
    ],
    ['@every with @cron', headed('@every 1m', '@cron 0 6 * * *'), 'marts/a.sql:2: @every and @cron exclude each other. Keep one'],
    ['@timezone without @cron', headed('@timezone UTC'), 'marts/a.sql:2: @timezone stands without @cron.'],
    ['an empty file', { 'marts/a.sql': '\n\n' }, 'marts/a.sql:1: it is empty. Write one SELECT'],
    [
      'a file that is not UTF-8',
      { 'marts/a.sql': new Uint8Array([0x53, 0xff, 0xfe]) },
      'marts/a.sql:1: it is not UTF-8. Save it in UTF-8.',
    ],
    ['a test with an unknown header', { 'tests/t.sql': '-- @kind view\nSELECT 1' }, 'tests/t.sql:1: unknown header @kind. Use @severity'],
    [
      'a test of unknown severity',
      { 'tests/t.sql': '-- @severity bad\nSELECT 1' },
      'tests/t.sql:1: unknown severity "bad". Use error, warn.',
    ],
    ['a test of unknown columns', { 'tests/t.sql': 'SELECT nr FROM public.orders' }, 'tests/t.sql:1: Unknown expression identifier `nr`'],
    [
      'a test called as the results of verify',
      { 'tests/verify.sql': 'SELECT 1' },
      'tests/verify.sql:1: "verify" is the name of the results of',
    ],
    ['a model in the database of a schema', { 'pg_system/a.sql': 'SELECT 1 AS a' }, 'pg_system/a.sql:1: database pg_system is used by'],
    ['@reconcile of nothing', { 'tests/t.sql': '-- @reconcile orders' }, 'tests/t.sql:1: @reconcile names no table.'],
    [
      '@reconcile with a SELECT',
      { 'tests/t.sql': '-- @reconcile public.orders\nSELECT 1' },
      'tests/t.sql:2: @reconcile stands above a SELECT.',
    ],
  ])('%s', async (_what, files, expected) => {
    const message = await bench.bad(files);
    expect(message).toMatch(/^BAD_MODEL: [^\n]+\.$/);
    expect(message).toContain(expected);
  });

  test('a folder that is not there', async () => {
    await expect(readFolder('/nowhere/models', bench.engine, { databases: [] })).rejects.toThrow(
      'BAD_MODEL: /nowhere/models cannot be read (ENOENT). Check --models and the rights of its files.',
    );
  });
});
