import type { PostgresServer } from '../support/postgres.ts';
import type { PostgresVersion } from '../support/postgres-version.ts';
import { startWorldServer } from '../world/server.ts';

/** Silence after which the source drops a connection: shorter than most faults. */
const SENDER_TIMEOUT = { wal_sender_timeout: '2s' };

/** A server for ordeals, one after the other: a crash of it is a fault of one. */
export async function startOrdealServer(version: PostgresVersion): Promise<PostgresServer> {
  return startWorldServer(version, SENDER_TIMEOUT);
}
