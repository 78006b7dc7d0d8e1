import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_WAREHOUSE, requireSource, retentionOf } from '../core/config.ts';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { FormatGuard } from '../lake/format/format-guard.ts';
import type { KeepWish } from '../lake/readers.ts';
import type { SweepPolicy } from '../lake/retention/sweep-policy.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { openStore } from '../lake/store/open-store.ts';
import type { WarehouseChoice } from '../lake/warehouse-position.ts';
import type { SourceOptions } from '../postgres/session/connect.ts';

/**
 * Runs `work` on the lake of the configuration, and closes the lake afterwards. Each call of the
 * store may be LAKE_TOO_NEW.
 */
export async function withStore<T>(config: Pick<Config, 'lake' | 's3PathStyle'>, work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const store = new FormatGuard(await openStore(config.lake, { s3PathStyle: config.s3PathStyle }));
  try {
    return await work(store);
  } catch (error) {
    throw await store.meaningOf(error);
  } finally {
    await store.close();
  }
}

/** Throws BAD_ARGUMENT when lake and warehouse are one folder, where they would mix their files. */
export function requireApart({ lake, warehouse }: Pick<Config, 'lake' | 'warehouse'>): void {
  if (/^[a-z0-9]+:\/\//i.test(lake) || placeOnDisk(lake) !== placeOnDisk(warehouse)) return;
  throw new TailraceError('BAD_ARGUMENT', `--lake and --warehouse are both ${resolve(lake)}; each needs a folder of its own`);
}

function placeOnDisk(path: string): string {
  const place = resolve(path);
  return existsSync(place) ? realpathSync(place) : place;
}

/** What the sweeper of a lake keeps, and for how long. */
export function sweepPolicyOf(
  config: Pick<Config, 'lake.baseProof' | 'lake.keepBases' | 'lake.readerTtl' | 'lake.retention' | 'lake.sweepGrace' | 'table'>,
): SweepPolicy {
  return {
    graceMs: config['lake.sweepGrace'],
    keepBases: config['lake.keepBases'],
    readerTtlMs: config['lake.readerTtl'],
    baseProof: config['lake.baseProof'],
    retentionMs: retentionOf(config),
  };
}

/** What a warehouse asks every sweeper of its lake to keep. */
export function keepWishOf(config: Pick<Config, 'lake.baseProof' | 'lake.keepBases' | 'lake.retention' | 'table'>): KeepWish {
  const sections = config.table ?? [];
  return {
    retention: config['lake.retention'],
    tables: sections.flatMap(({ glob, retention }) => (retention === undefined ? [] : [{ glob, retention }])),
    bases: config['lake.keepBases'],
    proof: config['lake.baseProof'],
  };
}

/** Time between heartbeats, in ms: each is an object in the lake. */
export function heartbeatOf(config: Pick<Config, 'source.heartbeat'>): number {
  return config['source.heartbeat'] ?? 60_000;
}

/** The source, with the application name of this process. Throws BAD_CONFIG without a source. */
export function sourceOf(config: Pick<Config, 'source'>, role: string): SourceOptions {
  return { url: requireSource(config), applicationName: `tailrace ${role}` };
}

/**
 * The name under which a warehouse writes its position into the lake. It is the same in every
 * process with this warehouse, and does not depend on its password.
 */
export function warehouseIdOf(config: Pick<Config, 'warehouse' | 'warehouse.cluster'>): string {
  const cluster = config['warehouse.cluster'];
  const place = /^https?:/.test(config.warehouse) ? withoutUser(config.warehouse) : resolve(config.warehouse);
  // Any node of a cluster may be in the URL.
  return createHash('sha256')
    .update(cluster === undefined ? place : `cluster ${cluster}`)
    .digest('hex')
    .slice(0, 16);
}

/**
 * The warehouse whose position is read. Another one may replace it if none was configured and the
 * default does not exist on this machine.
 */
export function warehouseChoice(config: Pick<Config, 'warehouse' | 'warehouse.cluster'>): WarehouseChoice {
  return { id: warehouseIdOf(config), alone: config.warehouse === DEFAULT_WAREHOUSE && !existsSync(config.warehouse) };
}

/** A URL without user and password, to be shown. */
export function withoutUser(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
