/**
 * ClickHouse that is tested as a server: three long-term releases, and the newest of which
 * something is known.
 */
export const CLICKHOUSE_VERSIONS: readonly string[] = ['25.8.30.16', '26.3', '26.8', '26.9'];
