import type { Config } from '../../core/config.ts';
import { TailraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { LakeAccess } from '../../compactor/step/lake-access.ts';
import { LakeSource } from '../../compactor/step/lake-source.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import type { HttpEngine } from '../../warehouse/http-engine.ts';
import { placeOf, requirePolicy } from '../../warehouse/place.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { withStore } from '../ends.ts';
import { missingGrants, neededGrants } from './server-grants.ts';

/** The settings that say what a warehouse needs. */
export type WarehouseSettings = Pick<
  Config,
  'lake' | 's3PathStyle' | 'warehouse' | 'warehouse.cluster' | 'warehouse.lakeAccess' | 'warehouse.storagePolicy'
>;

/** What is asked of each server. */
export interface AskedServer {
  readonly config: WarehouseSettings;
  /** Databases that the tables will be in. */
  readonly databases: readonly string[];
  /** What follows the name of an item: the node of a cluster. */
  readonly where: string;
}

/** Errors that say what is wrong with a server, and not that it cannot be asked. */
export const FINDINGS: readonly ErrorCode[] = ['WAREHOUSE_TOO_OLD', 'BAD_CONFIG', 'LAKE_UNREADABLE'];
/** The items of one ClickHouse server. Errors: those of a query that are not in FINDINGS. */
export async function checkServer(engine: HttpEngine, { config, databases, where }: AskedServer): Promise<CheckItem[]> {
  const version = await found(`warehouse${where}`, async () => {
    const place = await placeOf(engine);
    return `ClickHouse ${place.version}${place.cloud ? ' (Cloud)' : ''}`;
  });
  if (version.verdict !== 'ok') return [version];
  const { cloud } = await placeOf(engine);
  const onS3 = config.lake.startsWith('s3://');
  const reading = onS3 ? config['warehouse.lakeAccess'] : null;
  const policy = config['warehouse.storagePolicy'] ?? null;
  return [
    version,
    ...(await checkGrants(engine, { databases, reading, cloud, cluster: config['warehouse.cluster'] !== undefined }, where)),
    await found(`storage policy${where}`, async () => {
      await requirePolicy(engine, policy);
      return policy ?? "the server's default";
    }),
    await found(`lake from the warehouse${where}`, () =>
      onS3 ? readLake(engine, config) : Promise.resolve('its bytes are sent to the server'),
    ),
  ];
}

/** What `look` finds; an error about the server itself fails the item and brings its own fix. */
export async function found(item: string, look: () => Promise<string>, findings = FINDINGS): Promise<CheckItem> {
  try {
    return { item, value: await look(), verdict: 'ok', fix: null };
  } catch (error) {
    if (!(error instanceof TailraceError) || !findings.includes(error.code)) throw error;
    return { item, value: error.what, verdict: 'fail', fix: error.hint };
  }
}

async function checkGrants(engine: HttpEngine, needs: Parameters<typeof neededGrants>[0], where: string): Promise<CheckItem[]> {
  const item = `rights in the warehouse${where}`;
  const [user] = await engine.query<{ name: string }>(sql('current-user'));
  const missing = await missingGrants(engine, neededGrants(needs));
  if (missing.length === 0) return [{ item, value: 'all that are needed', verdict: 'ok', fix: null }];
  const name = user?.name ?? '';
  return missing.map(({ rights, target }) => ({
    item,
    value: `${name} has no ${rights.join(', ')} on ${target}`,
    verdict: 'fail',
    fix: `GRANT ${rights.join(', ')} ON ${target} TO ${name};`,
  }));
}

/** Throws LAKE_UNREADABLE or BAD_CONFIG when the server does not read what this process writes. */
async function readLake(engine: HttpEngine, config: WarehouseSettings): Promise<string> {
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
