import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { POSTGRES_VERSIONS } from './support/postgres-version.ts';

/**
 * The suites that speak only to Postgres; suites named on the command line replace them.
 */
const SUITES = ['.pg.test', 'replicator/', 'snapshotter/'];

/** Tests that need nothing are the same on every major. */
const PROJECT = 'needs servers';

/** Files of one run at the same time, where the runs of several majors are at work. */
const WORKERS_TOGETHER = 2;

/**
 * Runs suites on every supported major, one after the other, and exits 1 when one of them fails.
 * `node test/versions.ts [--together] [--pg 14,16] [vitest filters…]`; a report goes to the file
 * of TAILRACE_TEST_REPORT with `-14` and so on in its name.
 *
 * `--together`: all majors at once. The output of each is printed when it ends.
 */
const { values, positionals: filters } = parseArgs({
  options: { pg: { type: 'string' }, together: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = values.pg?.split(',') ?? POSTGRES_VERSIONS.map(String);
const report = process.env['TAILRACE_TEST_REPORT'];

/** Resolves with whether the suites passed on this major. */
async function passes(version: string): Promise<boolean> {
  const workers = values.together ? ['--maxWorkers', String(WORKERS_TOGETHER)] : [];
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...workers, '--project', PROJECT, ...(filters.length > 0 ? filters : SUITES)];
  const child = spawn(process.execPath, args, {
    stdio: values.together ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, TEST_PG_VERSION: version, TAILRACE_TEST_REPORT: report?.replace(/(?=\.json$)/, `-${version}`) },
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => said.push(bytes));
  if (!values.together) process.stdout.write(`\nPostgres ${version}\n`);
  await once(child, 'close');
  if (values.together) process.stdout.write(`\nPostgres ${version}\n${Buffer.concat(said).toString()}`);
  return child.exitCode === 0;
}

const failed: string[] = [];
const note = async (version: string): Promise<void> => void ((await passes(version)) || failed.push(version));
if (values.together) await Promise.all(wanted.map(note));
else for (const version of wanted) await note(version);
process.stdout.write(failed.length === 0 ? `\nall passed on ${wanted.join(', ')}\n` : `\nfailed on ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
