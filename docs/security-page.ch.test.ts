import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import { literalCh } from '../warehouse/names.ts';
import { scratch } from '../test/support/scratch.ts';
import { neededGrants } from '../cli/check/server-grants.ts';
import { ROOT } from './pages.ts';

const page = readFileSync(path.join(ROOT, 'docs/SECURITY.md'), 'utf8');

test('the parser of ClickHouse accepts every statement for its users', async () => {
  const [, text = ''] = page.split('\n## Users in ClickHouse\n');
  const [section = ''] = text.split('\n## ');
  const statements = [...section.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, sql = '']) =>
    sql.split(';\n').filter((statement) => statement.trim() !== ''),
  );
  expect(statements.length).toBeGreaterThan(8);
  await using folder = await scratch('tailrace-grants');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  const parsed = await engine.query<{ text: string }>(`SELECT arrayJoin([${statements.map((sql) => `formatQuery(${literalCh(sql)})`).join(', ')}]) AS text`);
  expect(parsed).toHaveLength(statements.length);
});

test('the writer may read exactly the system tables that the code reads on a server', () => {
  const [, granted = ''] = page.split('CREATE USER tailrace_writer');
  const onPage = [...(granted.split('\n## ')[0] ?? '').matchAll(/\bSELECT ON system\.(\w+)/g)].map(([, table = '']) => table);
  // It is for the operator, who asks the query log by hand.
  const byHand = 'warehouse-sql/readers/who-read.sql';
  const files = globSync('{warehouse,warehouse-sql,compactor,transformer,watcher,verifier,cli,core}/**/*.{ts,sql}', { cwd: ROOT });
  const read = files
    .filter((file) => file !== byHand && !/\.test\.ts$|contract\.ts$|\/shop\//.test(file))
    .flatMap((file) => [...withoutComments(file).matchAll(/(?:FROM |IN \(|', )system\.(\w+)/g)].map(([, table = '']) => table));
  expect([...new Set(read)].toSorted()).toEqual(onPage.toSorted());
});

function withoutComments(file: string): string {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  return lines.filter((line) => !/^\s*(?:--|\/\/|\/?\*)/.test(line)).join('\n');
}

test('`tailrace check` asks for exactly the rights that the page grants to the writer', () => {
  const [, users = ''] = page.split('\n## Users in ClickHouse\n');
  const [section = ''] = users.split('\n## ');
  const granted = [...section.matchAll(/(?:^|`)GRANT (.+?)(?: TO tailrace_writer;|`)/gm)].flatMap(([, list = '']) =>
    // `A, B ON x, C ON y`: each part names its target.
    list.split(/(?<= ON \S+), /).flatMap((part) => {
      const [rights = '', target = ''] = part.split(' ON ');
      const each = rights.split(', ').flatMap((right) => (/^(?:CREATE|DROP)$/.test(right) ? [`${right} TABLE`, `${right} VIEW`] : [right]));
      return each.map((right) => `${right} ON ${target}`);
    }),
  );
  const asked = neededGrants({ databases: ['public'], reading: { way: 'keys' }, cloud: true, cluster: true }).flatMap(({ rights, target }) =>
    rights.map((right) => `${right} ON ${target.replaceAll('`', '')}`),
  );
  // A source has no models; those who add some repeat the line of the page.
  expect(asked.toSorted()).toEqual(granted.filter((one) => !one.endsWith(' ON marts.*')).toSorted());
});

test('the rights in the lake are those of the IAM policies', () => {
  const [, table = ''] = page.split('\n## Rights in the lake\n');
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(([, role, put, drop]) => [role, keysOf('`', put), keysOf('`', drop)]);
  const terraform = readFileSync(path.join(ROOT, 'deploy/terraform/aws/access.tf'), 'utf8');
  const policies = [...terraform.matchAll(/^ {4}(\w+) = \{\n +put +=(.+)\n +delete +=(.+)\n/gm)].map(([, role, put, drop]) => [role, keysOf('"', put), keysOf('"', drop)]);
  expect(rows.length).toBe(5);
  expect(rows).toEqual(policies);
});

function keysOf(quote: string, text = ''): string[] {
  return [...text.matchAll(new RegExp(`${quote}([^${quote}]+)${quote}`, 'g'))].map(([, key = '']) => key);
}
