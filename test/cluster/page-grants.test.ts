import { expect, test } from 'vitest';
import { pageGrants, readPages } from './page-grants.ts';

test('the pages grant to the writer and the reader of a cluster what only clusters need', () => {
  const { statements, writer, reader } = pageGrants(readPages(), 'x9');
  expect(statements).toContain(`GRANT REMOTE, CLUSTER ON *.* TO ${writer}`);
  expect(statements).toContain(`GRANT SELECT ON tailrace_shard.* TO ${reader}`);
  expect(statements.filter((one) => one.includes('SYSTEM SYNC DATABASE REPLICA'))).toHaveLength(1);
  expect(statements.filter((one) => !/^(?:CREATE (?:USER|SETTINGS PROFILE)|GRANT) /.test(one))).toEqual([]);
});
