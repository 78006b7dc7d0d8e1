import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { ClickhouseServer } from './clickhouse-front.ts';

/** Servers in containers, and the environment under which the suites use them. */
export interface Containers extends AsyncDisposable {
  readonly environment: Readonly<Record<'TEST_PG_URL' | 'TEST_CLICKHOUSE_URL', string>>;
}

const POSTGRES_SETTINGS = [
  'wal_level=logical',
  'max_wal_senders=60',
  'max_replication_slots=60',
  'max_connections=200',
  'max_wal_size=2GB',
];
const CLICKHOUSE_PASSWORD = 'tailrace';

/**
 * Starts Postgres and ClickHouse of the named versions. Rejects when no container engine answers.
 */
export async function startContainers(versions: { postgres: string; clickhouse: string }): Promise<Containers> {
  const [postgres, clickhouse] = await Promise.all([
    new GenericContainer(`postgres:${versions.postgres}`)
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
      .withCommand(['postgres', ...POSTGRES_SETTINGS.flatMap((setting) => ['-c', setting])])
      .withExposedPorts(5432)
      // The image starts the server once to initialise it and once for good.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start(),
    startClickhouseContainer(versions.clickhouse),
  ]);
  return {
    environment: {
      TEST_PG_URL: `postgres://postgres@${address(postgres, 5432)}/postgres`,
      TEST_CLICKHOUSE_URL: clickhouse.url,
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all([postgres.stop(), clickhouse[Symbol.asyncDispose]()])),
  };
}

/** A ClickHouse server whose user may create others. Rejects when it cannot be started. */
export async function startClickhouseContainer(version: string): Promise<ClickhouseServer> {
  const container = await new GenericContainer(`clickhouse/clickhouse-server:${version}`)
    .withEnvironment({ CLICKHOUSE_USER: 'tailrace', CLICKHOUSE_PASSWORD, CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1' })
    .withExposedPorts(8123)
    .withWaitStrategy(Wait.forHttp('/ping', 8123))
    .start();
  return {
    url: `http://tailrace:${CLICKHOUSE_PASSWORD}@${address(container, 8123)}`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}

function address(container: StartedTestContainer, port: number): string {
  return `${container.getHost()}:${container.getMappedPort(port)}`;
}
