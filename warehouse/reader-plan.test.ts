import { describe, expect, test } from 'vitest';
import { calledIn, deniedFunctions } from './denied-function.ts';
import { planRead } from './reader-plan.ts';
import type { Planned } from './reader-plan.ts';

const session = { tag: 'tag', path: "/tmp/it's", limits: { memoryBytes: 3000, executionSeconds: 60 } };
const setup = (planned: Planned): string => (planned.ok ? planned.setup.join('\n') : '');

describe('the plan of a read', () => {
  test('sets our limits first, then what the reader may set, and readonly last', () => {
    const plan = planRead(
      {
        sql: 'SELECT {a:String}',
        format: 'CSV',
        params: { a: "x'y", 'b; DROP': '1' },
        settings: {
          output_format_json_quote_64bit_integers: '1',
          output_format_schema: '/tmp/x',
          format_template_row: '/etc/passwd',
          max_memory_usage: '0',
          readonly: '0',
        },
      },
      session,
    );
    expect(
      setup(plan)
        .split('\n')
        .map((line) => line.slice(0, 60)),
    ).toEqual([
      expect.stringMatching(/^SET log_comment = 'tag', max_memory_usage = 3000/),
      "SET `output_format_json_quote_64bit_integers` = '1'",
      "SET `param_a` = 'x\\'y'",
      'SET readonly = 1',
      "SELECT formatQuery('SELECT {a:String}')",
    ]);
    expect(plan).toMatchObject({
      check: 'EXPLAIN AST SELECT * FROM (SELECT {a:String}\n)',
      sql: "SELECT {a:String}\nINTO OUTFILE '/tmp/it\\'s' TRUNCATE FORMAT CSV",
    });
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
