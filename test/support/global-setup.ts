import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { chosenVersion } from './postgres-version.ts';
import { startPostgres } from './postgres.ts';
import { bundleProgram, COMPILED } from './servers/bundled-program.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/**
 * One Postgres for the whole run, each test in a database of its own: the server of TEST_PG_URL, a
 * container with TEST_CONTAINERS=1 (and a ClickHouse beside it), else one that npm brought: 18, or
 * the major of TEST_PG_VERSION. And one program for all processes that tests start.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const resources = new AsyncDisposableStack();
  if (process.env['TEST_CONTAINERS'] === '1') {
    const { startContainers } = await import('./servers/containers.ts');
    const containers = resources.use(await startContainers({ postgres: String(chosenVersion()), clickhouse: '26.7' }));
    Object.assign(process.env, containers.environment);
  }
  const [url] = await Promise.all([
    process.env['TEST_PG_URL'] ?? startPostgres().then((server) => resources.use(server).url),
    provideProgram(resources),
  ]);
  project.provide('postgresUrl', url);
  return async () => resources.disposeAsync();
}

/** Node strips and compiles what processes of this run load once for all of them. */
async function provideProgram(resources: AsyncDisposableStack): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-program-'));
  // A process that ends then may still write what it has compiled.
  resources.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  // Some tests start it as another user.
  chmodSync(folder, 0o755);
  process.env['NODE_COMPILE_CACHE'] ??= path.join(folder, COMPILED);
  process.env['TAILRACE_TEST_PROGRAM'] = await bundleProgram(folder);
}
