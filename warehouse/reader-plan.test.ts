import { describe, expect, test } from 'vitest';
import { calledIn, deniedFunctions } from './denied-function.ts';
import { planRead } from './reader-plan.ts';
import type { Planned } from './reader-plan.ts';

const session = { tag: 'tag', path: "/tmp/it's", limits: { memoryBytes: 3000, executionSeconds: 60 } };
/** What is set up for a request with one setting. */
const asked = (name: string, value: string): string =>
  setup(planRead({ sql: 'SELECT 1', format: 'CSV', settings: { [name]: value } }, session));
const setup = (planned: Planned): string => (planned.ok ? planned.setup.join('\n') : '');

describe('the plan of a read', () => {
  test('sets our limits first, then what the reader may set, and readonly last', () => {
    const plan = planRead(
      {
        sql: 'SELECT {a:String}',
        format: 'CSV',
        params: { a: "x'y" },
        database: 'we`ird',
        settings: {
          output_format_json_quote_64bit_integers: '1',
          output_format_schema: '/tmp/x',
          format_template_row: '/etc/passwd',
          max_memory_usage: '0',
          max_execution_time: '59',
          readonly: '0',
        },
      },
      session,
    );
    expect(setup(plan).split('\n')).toEqual([
      expect.stringMatching(/^SET log_comment = 'tag', max_memory_usage = 3000/),
      'USE `we\\`ird`',
      "SET `output_format_json_quote_64bit_integers` = '1', `max_execution_time` = '59'",
      "SET `param_a` = 'x\\'y'",
      'SET readonly = 1',
      expect.stringMatching(
        /^SET `output_format_schema` = '\/tmp\/x', `format_template_row` = '\/etc\/passwd', `max_memory_usage` = '0', `readonly` = '0'$/,
      ),
    ]);
    expect(plan.ok && plan.vet.slice(1)).toEqual([
      "SET `param_a` = 'x\\'y'",
      'SET readonly = 1',
      "SELECT formatQuery('SELECT {a:String}')",
    ]);
    expect(plan).toMatchObject({
      check: 'EXPLAIN AST SELECT * FROM (SELECT {a:String}\n)',
      sql: "SELECT {a:String}\nINTO OUTFILE '/tmp/it\\'s' TRUNCATE FORMAT CSV",
    });
  });

  test('means by joins what its readers mean: a row without a partner has NULL, unless 0 was asked for', () => {
    expect(setup(planRead({ sql: 'SELECT 1', format: 'CSV' }, session))).toContain('join_use_nulls = 1');
    const plan = planRead({ sql: 'SELECT 1 SETTINGS join_use_nulls = 0', format: 'CSV', settings: { join_use_nulls: '1' } }, session);
    expect(setup(plan)).toContain("SET `join_use_nulls` = '0'\nSET readonly = 1");
  });

  test('lets limits be lowered, and the engine judge what would lift them', () => {
    expect(asked('max_execution_time', '60')).toContain("SET `max_execution_time` = '60'\nSET readonly = 1");
    expect(asked('max_execution_time', '61')).toContain("SET readonly = 1\nSET `max_execution_time` = '61'");
    expect(asked('max_execution_time', '0')).toContain("SET readonly = 1\nSET `max_execution_time` = '0'");
    expect(asked('additional_result_filter', 'file(1)')).toContain("SET readonly = 1\nSET `additional_result_filter` = 'file(1)'");
    expect(asked('readonly', '2')).not.toContain("'2'");
  });

  test('takes no parameter whose name is none', () => {
    expect(planRead({ sql: 'SELECT 1', format: 'CSV', params: { 'b; DROP': '1' } }, session)).toMatchObject({ ok: false, code: 36 });
  });

  test('takes no format that is not a name', () => {
    expect(planRead({ sql: 'SELECT 1', format: 'CSV SETTINGS readonly = 0' }, session)).toMatchObject({ ok: false, code: 73 });
  });
});

describe('functions denied to readers', () => {
  test('are all table functions but those that stay within the warehouse', () => {
    const denied = deniedFunctions(['numbers', 'merge', 'url', 'somethingNew']);
    expect([...denied].sort()).toEqual(expect.arrayContaining(['catboostevaluate', 'file', 'somethingnew', 'url']));
    expect(denied.has('numbers') || denied.has('merge')).toBe(false);
  });

  test('are found in a syntax tree, aliased or not', () => {
    expect(calledIn("SelectQuery\n  Function File (alias x) (children 1)\n   Literal 'Function url'\n   Function plus")).toEqual([
      'file',
      'plus',
    ]);
  });
});
