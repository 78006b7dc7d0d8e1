import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { requireServer } from '../core/sections/warehouse-cluster.ts';
import { elapsed } from '../core/time.ts';
import type { ClusterEngine } from './cluster/cluster-engine.ts';
import { BuilderEngine } from './builder-engine.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import type { BuildLimits, Engine } from './engine.ts';
import type { HttpEngine } from './http-engine.ts';
import { Owner, readOwner } from './owner.ts';

export interface OpenOptions {
  /** A directory, or http(s)://user:password@host:port of a ClickHouse server. */
  readonly uri: string;
  /**
   * `owner` applies changes; `reader` only queries; `builder` writes models through the owner, with
   * `limits`.
   */
  readonly role: 'owner' | 'reader' | 'builder';
  /** The name of the cluster that the server is a node of. Default: the server alone. */
  readonly cluster?: string | undefined;
  readonly log: Log;
  readonly memoryBytes?: number;
  /** An owner that is embedded finds the AWS role or keys of this process by itself. */
  readonly ownRole?: boolean;
  /** For the owner of a server: statements with effects at the same time. Default 1. */
  readonly parallel?: number;
  /** Bounds of each statement of a builder. */
  readonly limits?: BuildLimits;
  /**
   * How long to wait for a directory that another process has open; for a builder, for its owner.
   */
  readonly patienceMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const PATIENCE_MS = 10_000;
const RETRY_MS = 100;

/**
 * The engine behind `--warehouse`.
 * A server is always reached over HTTP. A directory is opened by its owner, which announces itself
 * in owner.json. A reader asks the endpoint of the living owner; when there is no owner, it opens
 * the directory itself.
 * A builder always works through the endpoint of the living owner.
 * Errors: BAD_CONFIG when a directory has a cluster; WAREHOUSE_IN_USE when another owner lives or
 * the directory stays locked; NOT_RUNNING when a reader finds no warehouse, or a builder no owner.
 */
export async function openWarehouse(options: OpenOptions): Promise<Engine> {
  requireServer(options.uri, options.cluster);
  if (/^https?:\/\//i.test(options.uri)) {
    const { cluster } = options;
    if (cluster !== undefined) return openCluster({ url: options.uri, cluster, log: options.log, parallel: options.parallel });
    const HttpEngine = await loadHttpEngine();
    return HttpEngine.open({
      url: options.uri,
      log: options.log,
      parallel: options.parallel,
      limits: options.role === 'builder' ? limitsOf(options) : undefined,
    });
  }
  const directory = resolve(options.uri);
  if (options.role === 'builder') return openForBuilding(directory, options);
  return options.role === 'owner' ? openOwned(directory, options) : openForReading(directory, options);
}

/** The owner of a directory does not need the client of a server. */
async function loadHttpEngine(): Promise<typeof HttpEngine> {
  return (await import('./http-engine.ts')).HttpEngine;
}

async function openCluster(options: Parameters<typeof ClusterEngine.open>[0]): Promise<ClusterEngine> {
  return (await import('./cluster/cluster-engine.ts')).ClusterEngine.open(options);
}

async function openOwned(directory: string, options: OpenOptions): Promise<EmbeddedEngine> {
  const { log, memoryBytes, ownRole = false } = options;
  const engine = await patiently(options, async () => {
    const owner = await readOwner(directory);
    if (owner) return new TailraceError('WAREHOUSE_IN_USE', `process ${owner.pid} owns the warehouse ${directory}`);
    return EmbeddedEngine.open({ directory, log, ownRole, ...(memoryBytes === undefined ? {} : { memoryBytes }) });
  });
  try {
    engine.owner = await Owner.claim(directory);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

async function openForReading(directory: string, options: OpenOptions): Promise<Engine> {
  const { log, memoryBytes } = options;
  return patiently<Engine>(options, async () => {
    const owner = await readOwner(directory);
    if (owner) {
      if (owner.endpoint !== null) return (await loadHttpEngine()).open({ url: owner.endpoint, token: owner.token, log });
      return new TailraceError('WAREHOUSE_IN_USE', `process ${owner.pid} owns the warehouse ${directory} but does not answer queries`);
    }
    if (!(await holdsWarehouse(directory))) throw new TailraceError('NOT_RUNNING', `there is no warehouse at ${directory}`);
    return EmbeddedEngine.open({ directory, log, ...(memoryBytes === undefined ? {} : { memoryBytes }) });
  });
}

function openForBuilding(directory: string, options: OpenOptions): Promise<BuilderEngine> {
  const limits = limitsOf(options);
  return patiently(options, async () => {
    const owner = await readOwner(directory);
    if (owner !== null && owner.endpoint !== null) return new BuilderEngine({ endpoint: owner.endpoint, token: owner.token, limits });
    return new TailraceError('NOT_RUNNING', `no running compactor serves the warehouse ${directory}`);
  });
}

function limitsOf({ limits }: OpenOptions): BuildLimits {
  if (limits === undefined) throw new TailraceError('INTERNAL', 'a builder without limits');
  return limits;
}

/** Tries until the directory is free, or rejects with the last reason when the time is up. */
async function patiently<E extends Engine>(
  { patienceMs = PATIENCE_MS, signal }: Pick<OpenOptions, 'patienceMs' | 'signal'>,
  attempt: () => Promise<E | TailraceError>,
): Promise<E> {
  for (const until = elapsed() + patienceMs; ; await sleep(RETRY_MS)) {
    const result = await attempt().catch((error: unknown) => {
      if (error instanceof TailraceError && error.code === 'WAREHOUSE_IN_USE') return error;
      throw error;
    });
    if (!(result instanceof TailraceError)) return result;
    if (elapsed() > until || signal?.aborted === true) throw result;
  }
}

async function holdsWarehouse(directory: string): Promise<boolean> {
  return access(join(directory, 'metadata')).then(
    () => true,
    () => false,
  );
}
