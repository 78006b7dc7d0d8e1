import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';
import { SUITES } from './suites.ts';

test('where it cannot run, test:cluster says so by name and ends with 0', () => {
  const said = execFileSync(process.execPath, ['test/cluster/main.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: '/nowhere', CI: 'true' },
  });
  expect(said).toBe('skipped: test:cluster ran against no ClickHouse cluster, because docker compose is not there\n');
});

test('a suite that a night plays on the cluster of chDB processes is played on a real one too', () => {
  const [, places = ''] = /\[places\]='(.*)'/.exec(readFileSync(join(ROOT, '.ci/nightly'), 'utf8')) ?? [];
  const suites = places.split(' ').filter((word) => word.includes('/'));
  expect(suites.length).toBeGreaterThan(3);
  expect(suites.filter((suite) => !SUITES.includes(suite))).toEqual([]);
});

test('the pages say of clusters when they ran on real servers, or that they did not', () => {
  for (const page of ['README.md', 'docs/CLUSTER.md'])
    expect(readFileSync(join(ROOT, page), 'utf8'), page).toMatch(
      /[Nn]ot yet run\W* against (?:a real ClickHouse cluster|real servers)|`npm run test:cluster` passed on \d{4}-\d\d-\d\d/,
    );
});
