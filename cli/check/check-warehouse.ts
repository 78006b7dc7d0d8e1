import type { Config } from '../../core/config.ts';
import { TailraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { requireLakeReading } from '../../core/sections/lake-reading.ts';
import { LakeAccess } from '../../compactor/step/lake-access.ts';
import { LakeSource } from '../../compactor/step/lake-source.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { placeOf, requirePolicy } from '../../warehouse/place.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { withStore } from '../ends.ts';
import { missingGrants, neededGrants } from './server-grants.ts';

type Settings = Pick<
  Config,
  'lake' | 's3PathStyle' | 'warehouse' | 'warehouse.cluster' | 'warehouse.lakeAccess' | 'warehouse.storagePolicy'
>;

/** Errors that say what is wrong with the server, and not that it cannot be asked. */
const FINDINGS: readonly ErrorCode[] = ['WAREHOUSE_TOO_OLD', 'BAD_CONFIG', 'LAKE_UNREADABLE'];

/**
 * The items of a ClickHouse server; none for a directory, which `compact` tests at its start. It
 * changes nothing on the server.
 *
 * @param databases those that the tables will be in
 *
 * Errors: WAREHOUSE_UNAVAILABLE and WAREHOUSE_REFUSED when the server cannot be asked; BAD_CONFIG
 * when the settings contradict each other.
 */
export async function checkWarehouse(config: Settings, databases: readonly string[], log: Log): Promise<CheckItem[]> {
  if (!/^https?:\/\//i.test(config.warehouse)) return [];
  const reading = config['warehouse.lakeAccess'];
  requireLakeReading(reading, config.lake);
  await using engine = await HttpEngine.open({ url: config.warehouse, log });
  const version = await found('warehouse', async () => {
    const place = await placeOf(engine);
    return `ClickHouse ${place.version}${place.cloud ? ' (Cloud)' : ''}`;
  });
  if (version.verdict !== 'ok') return [version];
  const { cloud } = await placeOf(engine);
  const onS3 = config.lake.startsWith('s3://');
  const policy = config['warehouse.storagePolicy'] ?? null;
  return [
    version,
    ...(await checkGrants(engine, {
      databases,
      reading: onS3 ? reading : null,
      cloud,
      cluster: config['warehouse.cluster'] !== undefined,
    })),
    await found('storage policy', async () => {
      await requirePolicy(engine, policy);
      return policy ?? "the server's default";
    }),
    await found('lake from the warehouse', () => (onS3 ? readLake(engine, config) : Promise.resolve('its bytes are sent to the server'))),
  ];
}

/** What `look` finds; an error about the server itself fails the item and brings its own fix. */
async function found(item: string, look: () => Promise<string>): Promise<CheckItem> {
  try {
    return { item, value: await look(), verdict: 'ok', fix: null };
  } catch (error) {
    if (!(error instanceof TailraceError) || !FINDINGS.includes(error.code)) throw error;
    return { item, value: error.what, verdict: 'fail', fix: error.hint };
  }
}

async function checkGrants(engine: HttpEngine, needs: Parameters<typeof neededGrants>[0]): Promise<CheckItem[]> {
  const item = 'rights in the warehouse';
  const missing = await missingGrants(engine, neededGrants(needs));
  if (missing.length === 0) return [{ item, value: 'all that are needed', verdict: 'ok', fix: null }];
  const [user] = await engine.query<{ name: string }>(sql('current-user'));
  const name = user?.name ?? '';
  return missing.map(({ rights, target }) => ({
    item,
    value: `${name} has no ${rights.join(', ')} on ${target}`,
    verdict: 'fail',
    fix: `GRANT ${rights.join(', ')} ON ${target} TO ${name};`,
  }));
}

/** Throws LAKE_UNREADABLE or BAD_CONFIG when the server does not read what this process writes. */
async function readLake(engine: HttpEngine, config: Settings): Promise<string> {
  const reading = config['warehouse.lakeAccess'];
  return withStore(config, async (store) => {
    const access = await LakeAccess.open({ engine, store, reading });
    if (reading.way === 'send') return 'its bytes are sent to the server';
    // The server keeps the keys under one name, and another compactor may read with those there.
    if (reading.way === 'keys') return 'with the keys of compact, which tests them at its start';
    await new LakeSource({ store, engine, access, lease: 0 }).prove(false);
    return reading.way === 'role' ? `as ${reading.arn}` : 'with the role of its machine';
  });
}
