import { startPostgres } from '../postgres.ts';
import type { PostgresServer } from '../postgres.ts';
import { chosenVersion } from '../postgres-version.ts';
import type { PostgresVersion } from '../postgres-version.ts';

/**
 * Settings of a server that sends what a transaction does at once, or (before 16) as soon as 64 kB
 * of it are waiting.
 */
export function eagerSettings(version: PostgresVersion): Readonly<Record<string, string>> {
  const atOnce = version < 16 ? {} : { debug_logical_replication_streaming: 'immediate' };
  return { logical_decoding_work_mem: '64kB', ...atOnce };
}

/**
 * A server that streams transactions of any size while they run, to every client that asks for it.
 */
export async function startEagerServer(): Promise<PostgresServer> {
  return startPostgres({ settings: { ...eagerSettings(chosenVersion()), fsync: 'off' } });
}
