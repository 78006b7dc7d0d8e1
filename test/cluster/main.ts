/**
 * `npm run test:cluster [-- --clickhouse 26.3 --minutes 20]`: the suites that have places on the
 * cluster of docker/cluster.yml, then the shop on it as the writer of docs/SECURITY.md while nodes,
 * keepers and disks fail, with `verify` after each. Without a container engine, or without the
 * images outside of CI, it says that it is skipped and exits 0.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { getContainerRuntimeClient } from 'testcontainers';
import { describeError } from '../../core/errors.ts';
import { elapsed } from '../../core/time.ts';
import { shell } from '../containers/shell.ts';
import { ComposeNodes } from '../support/cluster/compose-nodes.ts';
import { CLICKHOUSE_VERSIONS } from '../support/servers/clickhouse-versions.ts';
import { makeConfig } from './node-config.ts';
import { playShop, urlOf } from './play-shop.ts';
import { SUITES } from './suites.ts';

const { values } = parseArgs({
  options: { clickhouse: { type: 'string', default: CLICKHOUSE_VERSIONS.join(',') }, minutes: { type: 'string', default: '20' } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs suites one after the other: they share the cluster's databases. */
async function suites(names: readonly string[], url: string): Promise<boolean> {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...names], {
    stdio: 'inherit',
    env: { ...process.env, TEST_CLUSTER_URL: url, TEST_CLUSTER_NAME: 'shop', TAILRACE_WAREHOUSE_PLAINTEXT: 'true' },
  });
  await once(child, 'close');
  return child.exitCode === 0;
}

/** Why nothing can be run here; null: it can. */
async function missing(): Promise<string | null> {
  // Only there do bridges of containers lead to this machine.
  if (process.platform !== 'linux') return 'this is not Linux';
  if ((await shell('docker', ['compose', 'version']).catch(() => null)) === null) return 'docker compose is not there';
  return (await getContainerRuntimeClient().catch(() => null)) === null ? 'no container engine answers' : null;
}

/** Whether all went well on one version. */
async function runOn(version: string): Promise<boolean> {
  const password = randomBytes(12).toString('hex');
  await using config = await makeConfig();
  // Compose reads these, also in the processes of the suites.
  Object.assign(process.env, { CLUSTER_CLICKHOUSE: version, CLUSTER_PASSWORD: password, CLUSTER_CONFIG: config.path });
  const nodes = new ComposeNodes();
  await nodes.down();
  const absent = await nodes.pull().then(
    () => null,
    (error: unknown) => describeError(error),
  );
  if (absent !== null) {
    const inCi = process.env['CI'] !== undefined;
    say(`${inCi ? 'FAILED' : 'skipped'}: the images for ClickHouse ${version} cannot be pulled: ${absent}`);
    return !inCi;
  }
  try {
    await nodes.up();
    const troubles = (await suites(SUITES, urlOf('node-1-1', 'tailrace', password))) ? [] : ['suites'];
    // They leave their databases, and a node may be dead.
    await nodes.down();
    await nodes.up();
    const until = elapsed() + Number(values.minutes) * 60_000;
    const shop = playShop({ nodes, config, password, goesOn: () => elapsed() < until, say });
    troubles.push(...(await shop.catch((error: unknown) => [String(error)])));
    for (const trouble of troubles) say(`FAILED on ClickHouse ${version}: ${trouble}`);
    if (troubles.length === 0) say(`ClickHouse ${version}: suites, shop, verify, grants and states passed`);
    else say(await nodes.logs());
    return troubles.length === 0;
  } finally {
    await nodes.down();
  }
}

async function main(): Promise<number> {
  const reason = await missing();
  if (reason !== null) {
    say(`skipped: test:cluster ran against no ClickHouse cluster, because ${reason}`);
    return 0;
  }
  let failed = 0;
  for (const version of values.clickhouse.split(',')) {
    say(`\nClickHouse ${version}`);
    if (!(await runOn(version))) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
