import type { TestProject } from 'vitest/node';
import { chosenVersion } from './postgres-version.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/**
 * One Postgres for the whole run, each test in a database of its own: the server of TEST_PG_URL, a
 * container with TEST_CONTAINERS=1 (and a ClickHouse beside it), else one that npm brought: 18, or
 * the major of TEST_PG_VERSION.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const resources = new AsyncDisposableStack();
  if (process.env['TEST_CONTAINERS'] === '1') {
    const { startContainers } = await import('./servers/containers.ts');
    const containers = resources.use(await startContainers({ postgres: String(chosenVersion()), clickhouse: '26.7' }));
    Object.assign(process.env, containers.environment);
  }
  project.provide('postgresUrl', process.env['TEST_PG_URL'] ?? resources.use(await startPostgres()).url);
  return async () => resources.disposeAsync();
}
