import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { TailraceError } from '../../core/errors.ts';
import { freePort } from './free-port.ts';
import { type PostgresBinaries, type PostgresPaths, postgresBinaries } from './postgres-binaries.ts';

/** How to stop a server: `fast` ends sessions and checkpoints, `immediate` is a crash. */
type StopMode = 'fast' | 'immediate';

/**
 * An embedded Postgres on loopback: version 18 unless other binaries are given. Disposing of it
 * stops it, and deletes its folder unless the caller named one.
 */
export interface PostgresServer extends AsyncDisposable {
  /** `postgres://postgres@127.0.0.1:<port>/postgres` */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number | undefined;
  stop(mode?: StopMode): Promise<void>;
  /** Starts it again on the same port and folder; resolves when it answers. */
  start(): Promise<void>;
}

/** Options of a server. Settings are added to those that logical replication needs. */
export interface PostgresOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly port?: number;
  /** Executables to use instead of the server that npm installed. */
  readonly binaries?: PostgresPaths;
}

const SETTINGS = {
  wal_level: 'logical',
  max_wal_senders: '60',
  max_replication_slots: '60',
  max_connections: '200',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_wal_size: '2GB',
  logging_collector: 'off',
  log_min_messages: 'fatal',
};

const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const START_ATTEMPTS = 600;
const START_PAUSE_MS = 50;

/**
 * Creates the folder (initdb, trust on loopback, UTF-8, C locale) and starts the server. Throws
 * SOURCE_UNREACHABLE with the output of the server.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await postgresBinaries(options.binaries);
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? mkdtempSync(path.join(os.tmpdir(), 'tailrace-postgres-'));
  initialise(binaries, dataDir);
  const server = new EmbeddedPostgres(binaries, {
    port,
    dataDir,
    settings: { ...SETTINGS, ...options.settings },
    temporary: options.dataDir === undefined,
  });
  await server.start();
  return server;
}

function initialise(binaries: PostgresBinaries, dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  if (existsSync(path.join(dataDir, 'PG_VERSION'))) return;
  if (binaries.user !== null) chownSync(dataDir, binaries.user.uid, binaries.user.gid);
  chmodSync(dataDir, 0o700);
  const args = ['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const result = spawnSync(binaries.initdb, args, { ...binaries.user, cwd: '/', encoding: 'utf8' });
  if (result.status !== 0) {
    throw new TailraceError('SOURCE_UNREACHABLE', `initdb of the embedded Postgres failed: ${result.stderr || String(result.error)}`);
  }
}

class EmbeddedPostgres implements PostgresServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #binaries: PostgresBinaries;
  readonly #args: string[];
  readonly #temporary: boolean;
  #child: ChildProcess | null = null;
  #said = '';

  constructor(binaries: PostgresBinaries, place: { port: number; dataDir: string; settings: Record<string, string>; temporary: boolean }) {
    this.#binaries = binaries;
    this.port = place.port;
    this.dataDir = place.dataDir;
    this.url = `postgres://postgres@127.0.0.1:${place.port}/postgres`;
    this.#temporary = place.temporary;
    this.#args = [
      '-D',
      place.dataDir,
      '-p',
      String(place.port),
      ...Object.entries(place.settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ];
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#said = '';
    const child = spawn(this.#binaries.postgres, this.#args, {
      ...this.#binaries.user,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-2000);
    });
    this.#child = child;
    const crash = (): void => void child.kill('SIGQUIT');
    // A process that ends without disposing of its server must not leave it running.
    process.once('exit', crash);
    child.once('exit', () => process.off('exit', crash));
    for (let attempt = 0; attempt < START_ATTEMPTS && child.exitCode === null; attempt += 1) {
      if (await answers(this.url)) return;
      await sleep(START_PAUSE_MS);
    }
    child.kill('SIGQUIT');
    throw new TailraceError('SOURCE_UNREACHABLE', `the embedded Postgres did not start: ${this.#said}`);
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(STOP_SIGNALS[mode]);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('immediate');
    if (this.#temporary) rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
