import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { POSTGRES_VERSIONS } from './support/postgres-version.ts';

/**
 * The suites that speak only to Postgres; suites named on the command line replace them.
 */
const SUITES = ['.pg.test', 'replicator/', 'snapshotter/'];

/**
 * Runs suites on every supported major, one after the other, and exits 1 when one of them
 * fails. `node test/versions.ts [--pg 14,16] [vitest filters…]`; a report goes to the file of
 * TAILRACE_TEST_REPORT with `-14` and so on in its name.
 */
const args = process.argv.slice(2);
const at = args.indexOf('--pg');
const wanted = at < 0 ? POSTGRES_VERSIONS.map(String) : (args.splice(at, 2)[1] ?? '').split(',');
const filters = args.length > 0 ? args : SUITES;
const report = process.env['TAILRACE_TEST_REPORT'];
const failed: string[] = [];
for (const version of wanted) {
  process.stdout.write(`\nPostgres ${version}\n`);
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...filters], {
    stdio: 'inherit',
    env: { ...process.env, TEST_PG_VERSION: version, TAILRACE_TEST_REPORT: report?.replace(/(?=\.json$)/, `-${version}`) },
  });
  await once(child, 'close');
  if (child.exitCode !== 0) failed.push(version);
}
process.stdout.write(failed.length === 0 ? `\nall passed on ${wanted.join(', ')}\n` : `\nfailed on ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
