import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repeatedFor, securitySql } from './security-sql.ts';

const PAGE = `# Security
## Postgres
\`\`\`sql
CREATE ROLE tailrace LOGIN PASSWORD '…';
\`\`\`
## The ClickHouse server
\`\`\`sql
CREATE USER tailrace_writer IDENTIFIED WITH sha256_password BY '…' HOST IP '10.0.0.0/8';
GRANT CREATE DATABASE ON *.* TO tailrace_writer; -- why
\`\`\`
Text.
\`\`\`sql
CREATE USER analyst IDENTIFIED WITH sha256_password BY '…';
GRANT SELECT ON public.* TO analyst;
\`\`\`
`;

test('the SQL of the page is taken where a heading names ClickHouse', () => {
  expect(securitySql(PAGE, 'x9')).toEqual({
    statements: [
      "CREATE USER tailrace_writer IDENTIFIED WITH sha256_password BY 'x9' HOST ANY",
      'GRANT CREATE DATABASE ON *.* TO tailrace_writer',
      "CREATE USER analyst IDENTIFIED WITH sha256_password BY 'x9'",
      'GRANT SELECT ON public.* TO analyst',
    ],
    writer: 'tailrace_writer',
    reader: 'analyst',
  });
});

test('what the page grants on models is granted on other databases too', () => {
  const grants = { statements: ['GRANT SELECT, DROP ON marts.* TO w', 'GRANT SELECT ON marts.* TO r'], writer: 'w', reader: 'r' };
  expect(repeatedFor(['stg', 'nightly_*'], grants)).toEqual(['GRANT SELECT, DROP ON stg.* TO w', 'GRANT SELECT, DROP ON nightly_*.* TO w']);
});

test('a page without users of ClickHouse is an error', () => {
  expect(() => securitySql('# Security\n', 'x9')).toThrow('docs/SECURITY.md has no SQL of a writer and a reader');
});

test('our page has a writer and a reader', () => {
  const { statements, writer, reader } = securitySql(readFileSync('docs/SECURITY.md', 'utf8'), 'x9');
  expect([writer, reader]).toEqual(['tailrace_writer', 'analyst']);
  expect(statements.filter((statement) => !/^(?:CREATE (?:USER|SETTINGS PROFILE)|GRANT) /.test(statement))).toEqual([]);
});
