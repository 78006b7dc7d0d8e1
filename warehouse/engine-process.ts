import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passedOn } from '../core/environment.ts';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { trustedCertificates } from '../core/trusted-certificates.ts';
import type { ChildOptions, ChildReply, ChildRequest } from './child-protocol.ts';
import { CLICKHOUSE, engineError } from './clickhouse-code.ts';
import { writeError } from './owner.ts';

/**
 * Threads for chDB calls. A waiting query holds one, so there must be more threads than sessions,
 * abandoned queries (pipe-pool.ts) and builders.
 */
const THREADS = 30;
/** Environment variables that the engine gets; no connection strings and no keys. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'NODE_COMPILE_CACHE', 'MALLOC_CONF'];
/**
 * By these the AWS SDK finds the keys or the role of a process. An engine that reads the lake with
 * its own role gets them. https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
const OF_ITS_ROLE = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_EC2_METADATA_DISABLED',
];
const STDERR_TAIL = 2000;

interface Waiting {
  readonly chunks: Uint8Array[];
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type EngineCall = WithoutId<ChildRequest>;

/**
 * The engine trusts the certificates that this process trusts, and not those of the system: OpenSSL
 * reads the file that SSL_CERT_FILE names.
 */
function certificatesFor({ pipes }: ChildOptions): string {
  mkdirSync(pipes, { recursive: true, mode: 0o700 });
  const file = join(pipes, 'certificates.pem');
  try {
    writeFileSync(file, trustedCertificates().join('\n'), { mode: 0o600 });
  } catch (error) {
    throw writeError(error, file);
  }
  return file;
}

/**
 * One life of the engine's child process. It cannot be used after `exited`; its owner starts
 * another.
 */
export class EngineProcess {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #alive = true;
  #stderr = '';

  /**
   * Resolves when the directory is open. Rejects with WAREHOUSE_IN_USE when another process has it
   * open, with ENGINE_MISSING when the engine cannot be loaded, and with WAREHOUSE_UNAVAILABLE when
   * the directory cannot be opened.
   */
  static async start(options: ChildOptions, log: Log): Promise<EngineProcess> {
    const started = new EngineProcess(options, log);
    await started.#opened();
    return started;
  }

  private constructor(options: ChildOptions, log: Log) {
    const script = new URL(import.meta.url.endsWith('.ts') ? './engine-child.ts' : './engine-child.js', import.meta.url);
    const env = passedOn(options.ownRole ? [...PASSED_ON, ...OF_ITS_ROLE] : PASSED_ON);
    this.#child = fork(script, [JSON.stringify(options)], {
      // It passes bytes on, and little of that lives in the heap of JavaScript.
      execArgv: ['--max-semi-space-size=1'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...env, SSL_CERT_FILE: certificatesFor(options), TZ: 'UTC', UV_THREADPOOL_SIZE: String(THREADS) },
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-STDERR_TAIL);
    });
    this.#child.on('message', (message: ChildReply) => this.#receive(message));
    this.exited = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#died(error.message, resolve));
      this.#child.on('exit', (code, signal) => {
        if (code !== 0) log.warn({ code, signal, stderr: this.#stderr }, 'engine process died');
        this.#died(`the engine process ended (${signal ?? `exit ${code}`})`, resolve);
      });
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Sends one request; resolves with the bytes of the answer. */
  call(request: EngineCall): Promise<Uint8Array> {
    if (!this.#alive) return Promise.reject(unavailable('the engine process has ended'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { chunks: [], resolve, reject });
      this.#child.send({ ...request, id }, (error) => {
        if (error) this.#settle(id)?.reject(unavailable('the engine process is gone', error));
      });
    });
  }

  /** SIGKILL: safe at any time; the directory is free at once. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      let failure: TailraceError | null = null;
      this.#child.once('message', (message: ChildReply) => {
        failure = whyNotOpen(message);
        if (failure === null) resolve();
        else this.#child.kill('SIGKILL');
      });
      void this.exited.then(() =>
        reject(failure ?? unavailable(`the engine process ended before it opened the warehouse: ${this.#stderr}`)),
      );
    });
  }

  #receive(message: ChildReply): void {
    if (message.kind === 'chunk') this.#waiting.get(message.id)?.chunks.push(message.bytes);
    if (message.kind === 'failed') this.#settle(message.id)?.reject(engineError(message.code, message.message));
    if (message.kind === 'done') {
      const waiting = this.#settle(message.id);
      waiting?.resolve(Buffer.concat(waiting.chunks));
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #died(reason: string, exited: () => void): void {
    this.#alive = false;
    for (const id of this.#waiting.keys()) this.#settle(id)?.reject(unavailable(reason));
    exited();
  }
}

/** The failure that the first message of the child reports; null: the directory is open. */
function whyNotOpen(message: ChildReply): TailraceError | null {
  if (message.kind === 'unloaded') return new TailraceError('ENGINE_MISSING', `the embedded engine cannot be loaded: ${message.message}`);
  if (message.kind !== 'unopened') return null;
  const code = message.code === CLICKHOUSE.cannotOpenFile ? 'WAREHOUSE_IN_USE' : 'WAREHOUSE_UNAVAILABLE';
  return new TailraceError(code, message.message, { cause: engineError(message.code, message.message).cause });
}

function unavailable(what: string, cause?: unknown): TailraceError {
  return new TailraceError('WAREHOUSE_UNAVAILABLE', what, { cause });
}
