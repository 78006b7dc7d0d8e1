import { eagerSettings } from '../support/servers/eager-server.ts';
import type { PostgresOptions } from '../../cli/demo/postgres-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type PostgresVersion, versionBinaries } from '../support/postgres-version.ts';

/**
 * What worlds need beside logical replication: prepared transactions, and many sessions. Whether
 * transactions are taken while they run, each world says.
 */
const SETTINGS = { max_prepared_transactions: '40', max_connections: '300', fsync: 'off' };

/**
 * A server for worlds, of a major. Worlds that are played at the same time need one each: an open
 * transaction of one holds up copies of all.
 */
export async function startWorldServer(version: PostgresVersion, more: PostgresOptions['settings'] = {}): Promise<PostgresServer> {
  return startPostgres({ binaries: await versionBinaries(version), settings: { ...SETTINGS, ...eagerSettings(version), ...more } });
}
