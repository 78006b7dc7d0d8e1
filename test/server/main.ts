/**
 * `npm run test:server [-- --clickhouse 25.8.30.16,26.3]`: suites of the engine and the compactor
 * against released ClickHouse servers in containers, then a whole pipeline with `verify` as the
 * writer of docs/SECURITY.md, and what its reader may see. Without a container engine, or without
 * the image outside of CI, it says that it is skipped and exits 0.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { getContainerRuntimeClient } from 'testcontainers';
import { describeError } from '../../core/errors.ts';
import { CLICKHOUSE_VERSIONS } from '../support/servers/clickhouse-versions.ts';
import { startClickhouseContainer } from '../support/servers/containers.ts';
import { repeatedFor, securitySql } from './security-sql.ts';

const SUITES = [
  'warehouse/http-engine',
  'compactor/replay',
  'compactor/crash',
  'compactor/facts',
  'compactor/freezes',
  'compactor/step/unresolved',
  'compactor/transitions',
  'compactor/verify-hold',
  'compactor/run-compactor',
  'compactor/lease/server-lease.ch',
  'compactor/step/lake-source.ch',
];
/** They need users with their rights, and leave their tables on the server. */
const PIPELINES = ['test/e2e/second-warehouse', 'test/e2e/writer-grants'];
/** Databases that they leave, and those of models and freezes that the page does not name. */
const LEFT = ['tailrace', 'tailrace_models', 'tailrace_exports', 'public', 'marts', 'stg'];
const UNNAMED = ['stg', 'nightly_*'];

const { values } = parseArgs({ options: { clickhouse: { type: 'string', default: CLICKHOUSE_VERSIONS.join(',') } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs suites one after the other: they share the server's databases. */
async function suites(names: readonly string[], url: string): Promise<boolean> {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...names], {
    stdio: 'inherit',
    env: { ...process.env, TEST_CLICKHOUSE_URL: url, TAILRACE_WAREHOUSE_PLAINTEXT: 'true' },
  });
  await once(child, 'close');
  return child.exitCode === 0;
}

async function run(url: string, statement: string): Promise<{ status: number; text: string }> {
  const { username, password, origin } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(origin, { method: 'POST', body: statement, headers: { authorization } });
  return { status: answer.status, text: await answer.text() };
}

function as(url: string, user: string, password: string): string {
  const other = new URL(url);
  other.username = user;
  other.password = password;
  return other.href;
}

/** What went wrong on one server. */
async function troublesOf(url: string): Promise<string[]> {
  const troubles: string[] = [];
  if (!(await suites(SUITES, url))) troubles.push('suites');
  const password = randomBytes(12).toString('hex');
  const grants = securitySql(readFileSync('docs/SECURITY.md', 'utf8'), password);
  const { statements, writer, reader } = grants;
  const must = async (statement: string): Promise<void> => {
    const { status, text } = await run(url, statement);
    if (status !== 200) troubles.push(`${statement}: ${text}`);
  };
  for (const statement of [...statements, ...repeatedFor(UNNAMED, grants)]) await must(statement);
  for (const pipeline of PIPELINES) {
    for (const database of LEFT) await must(`DROP DATABASE IF EXISTS ${database}`);
    if (!(await suites([pipeline], as(url, writer, password)))) troubles.push(`${pipeline} as ${writer}`);
  }
  for (const view of ['public.orders', 'marts.by_customer']) {
    const seen = await run(as(url, reader, password), `SELECT count() FROM ${view}`);
    if (seen.status !== 200) troubles.push(`${reader} cannot read ${view}: ${seen.text}`);
  }
  const hidden = await run(as(url, reader, password), 'SELECT count() FROM tailrace.generations');
  if (!hidden.text.includes('ACCESS_DENIED')) troubles.push(`${reader} reads what lies behind the views: ${hidden.text}`);
  return troubles;
}

/** Why nothing can be run here; null: it can. */
async function missing(): Promise<string | null> {
  const engine = await getContainerRuntimeClient().catch(() => null);
  return engine === null ? 'no container engine answers' : null;
}

async function main(): Promise<number> {
  const reason = await missing();
  if (reason !== null) {
    say(`skipped: test:server ran against no ClickHouse server, because ${reason}`);
    return 0;
  }
  let failed = 0;
  for (const version of values.clickhouse.split(',')) {
    say(`\nClickHouse ${version}`);
    const container = await startClickhouseContainer(version).catch((error: unknown) => describeError(error));
    if (typeof container === 'string') {
      say(`${process.env['CI'] === undefined ? 'skipped' : 'FAILED'}: ClickHouse ${version} did not start in a container: ${container}`);
      if (process.env['CI'] !== undefined) failed += 1;
      continue;
    }
    await using server = container;
    const troubles = await troublesOf(server.url);
    for (const trouble of troubles) say(`FAILED on ClickHouse ${version}: ${trouble}`);
    if (troubles.length === 0) say(`ClickHouse ${version}: suites, pipeline, verify and grants passed`);
    else failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
