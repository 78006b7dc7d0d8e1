import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../cli/demo/free-port.ts';
import { scratch } from '../scratch.ts';

/** What to say where it is missing. */
export const VERSITYGW_MISSING = 'versitygw is not there: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/** A real S3 server with atomic conditional puts, with one empty bucket. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** What a process needs in its environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of the buckets; null for a server that is not ours. */
  readonly folder: string | null;
  /**
   * Starts it again at the same address with other keys, and none of the old ones; not for a server
   * that is not ours.
   */
  rotate?(keyId: string, secret: string): Promise<void>;
  /**
   * Makes a user with this key id, who has the rights that a policy of the bucket gives it; not for
   * a server that is not ours. Returns what a process of that user needs in its environment.
   */
  addUser?(keyId: string): Promise<Readonly<Record<string, string>>>;
}

/** Files of a certificate for localhost and its key. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
}

const KEYS = { AWS_ACCESS_KEY_ID: 'tailrace', AWS_SECRET_ACCESS_KEY: 'tailrace-secret', AWS_REGION: 'us-east-1' };
const START_MS = 20_000;

/**
 * Starts versitygw on a free port over a temporary folder, or uses the server that TEST_S3_ENDPOINT
 * names (bucket TEST_S3_BUCKET, keys from the AWS variables). Null when there is neither, which is
 * an error when CI is set.
 */
export async function startS3Server({ tls = null }: { readonly tls?: ServerTls | null } = {}): Promise<S3Server | null> {
  const given = process.env['TEST_S3_ENDPOINT'];
  if (given !== undefined && tls === null) return givenServer(given);
  const binary = await findVersitygw();
  if (binary !== null) return startVersitygw(binary, tls);
  if (process.env['CI'] !== undefined) throw new Error(VERSITYGW_MISSING);
  return null;
}

function givenServer(endpoint: string): S3Server {
  const bucket = process.env['TEST_S3_BUCKET'] ?? 'tailrace';
  return { endpoint, bucket, environment: { AWS_ENDPOINT_URL_S3: endpoint }, folder: null, [Symbol.asyncDispose]: async () => undefined };
}

async function findVersitygw(): Promise<string | null> {
  const gopath = await promisify(execFile)('go', ['env', 'GOPATH']).then(
    ({ stdout }) => stdout.trim(),
    () => join(homedir(), 'go'),
  );
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), join(gopath, 'bin')]) {
    const path = join(folder, 'versitygw');
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

async function startVersitygw(binary: string, tls: ServerTls | null): Promise<S3Server> {
  const home = await scratch('tailrace-s3');
  const folder = join(home.path, 'buckets');
  const users = join(home.path, 'users');
  const versions = join(home.path, 'versions');
  for (const made of [join(folder, 'lake'), users, versions]) await mkdir(made, { recursive: true });
  const port = await freePort();
  const secured = tls === null ? [] : ['--cert', tls.certificate, '--key', tls.key];
  const start = async (keyId: string, secret: string): Promise<{ stop: () => Promise<void> }> => {
    const server = spawn(
      binary,
      [
        '--port',
        `127.0.0.1:${port}`,
        ...secured,
        '--quiet',
        '--keep-alive',
        '--iam-dir',
        users,
        'posix',
        '--versioning-dir',
        versions,
        folder,
      ],
      {
        env: { ...process.env, ROOT_ACCESS_KEY: keyId, ROOT_SECRET_KEY: secret },
        stdio: 'ignore',
      },
    );
    const ended = once(server, 'exit');
    const end = (): void => void server.kill();
    process.once('exit', end);
    await untilListens(port, () => server.exitCode !== null);
    return {
      async stop() {
        process.off('exit', end);
        end();
        await ended;
      },
    };
  };
  let server = await start(KEYS.AWS_ACCESS_KEY_ID, KEYS.AWS_SECRET_ACCESS_KEY);
  const endpoint = tls === null ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  return {
    endpoint,
    bucket: 'lake',
    environment: { ...KEYS, AWS_ENDPOINT_URL_S3: endpoint },
    folder,
    async addUser(keyId) {
      const secret = `${keyId}-secret`;
      const admin = ['--access', KEYS.AWS_ACCESS_KEY_ID, '--secret', KEYS.AWS_SECRET_ACCESS_KEY, '--endpoint-url', endpoint];
      await promisify(execFile)(binary, ['admin', ...admin, 'create-user', '--access', keyId, '--secret', secret, '--role', 'user']);
      return { ...KEYS, AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secret };
    },
    async rotate(keyId, secret) {
      await server.stop();
      server = await start(keyId, secret);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function untilListens(port: number, isGone: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) return;
    if (isGone() || Date.now() > deadline) throw new Error(`versitygw did not start on port ${port}`);
    await sleep(20);
  }
}
