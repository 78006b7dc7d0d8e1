import { expect, test } from 'vitest';
import { raisedHere } from './clickhouse-code.ts';

test.each([
  [
    "writer: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(name, value) ON system.settings. (ACCESS_DENIED)",
    'GRANT SELECT(name, value) ON system.settings TO writer',
  ],
  [
    "writer: Not enough privileges. To execute this query, it's necessary to have the grant CREATE TABLE ON tailrace.meta. (ACCESS_DENIED)",
    'GRANT CREATE TABLE ON tailrace.meta TO writer',
  ],
  [
    "writer: Not enough privileges. To execute this query, it's necessary to have the grant S3 ON *.*. (ACCESS_DENIED)",
    'GRANT S3 ON *.* TO writer',
  ],
  ['User writer attempts to kill query created by admin. (ACCESS_DENIED)', 'GRANT KILL QUERY ON *.* TO writer'],
])('a grant that is missing is named as the statement that gives it: %s', (said, grant) => {
  expect(raisedHere(497, said).message).toBe(`WAREHOUSE_REFUSED: Code: 497. DB::Exception: ${said}. Run \`${grant}\` on the server.`);
});

test('a refusal that names no grant keeps the general hint', () => {
  expect(raisedHere(516, 'writer: Authentication failed. (AUTHENTICATION_FAILED)').message).toMatch(
    /Check user, password and grants of --warehouse\.$/,
  );
});
