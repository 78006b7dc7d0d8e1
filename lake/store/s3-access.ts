import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { elapsed } from '../../core/time.ts';
import { trustedCertificates } from '../../core/trusted-certificates.ts';
import type { StoreCredentials, StoreLocation } from './object-store.ts';

const CONNECT_MS = 5_000;
const IDLE_MS = 30_000;
const KEPT_CLIENTS = 3;
/** How often to check whether the shared files of the SDK have changed. */
const LOOK_EVERY_MS = 1_000;

/**
 * The one place that decides how a lake on S3 is reached: endpoint, region, certificates and
 * credentials, as the AWS SDK has them. The store and the engine both use it. Credentials are read
 * again when the shared files change, or when the server has refused the current ones.
 */
export class S3Access {
  readonly #location: StoreLocation & { readonly kind: 's3' };
  readonly #clients: S3Client[] = [];
  #files = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(location: StoreLocation & { readonly kind: 's3' }) {
    this.#location = location;
  }

  /** The client for the next request. */
  get client(): S3Client {
    const nowMs = elapsed();
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      const files = sharedFiles();
      if (files !== this.#files) this.renew();
      this.#files = files;
    }
    return this.#clients.at(-1) ?? this.renew();
  }

  /**
   * Makes a client that reads all credentials again. Requests of the old client end with what they
   * began with.
   */
  renew(): S3Client {
    const client = new S3Client(clientConfig(this.#location));
    this.#clients.push(client);
    if (this.#clients.length > KEPT_CLIENTS) this.#clients.shift()?.destroy();
    return client;
  }

  /** The credentials of the next request. Rejects with the error of the SDK when there are none. */
  async credentials(): Promise<StoreCredentials> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.client.config.credentials();
    return { keyId: accessKeyId, secret: secretAccessKey, token: sessionToken ?? null };
  }

  close(): void {
    for (const client of this.#clients.splice(0)) client.destroy();
  }
}

function clientConfig({ region, pathStyle, endpoint }: StoreLocation & { readonly kind: 's3' }): S3ClientConfig {
  withHome();
  const config = {
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === null ? {} : { endpoint }),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS, httpsAgent: { keepAlive: true, maxSockets: 50, ...trust() } },
    // It is passed on to the credential providers, which otherwise read a file only once.
    ignoreCache: true,
  };
  return config;
}

/**
 * Only where Node does not trust the same certificates by itself: reading all of them for each
 * connection is expensive.
 */
function trust(): { ca?: string[] } {
  return process.env['AWS_CA_BUNDLE'] ? { ca: [...trustedCertificates()] } : {};
}

/**
 * Endpoint and region as the SDK finds them in environment and shared files. Endpoint null: the
 * endpoint of the provider for the region.
 */
export async function configuredS3(): Promise<{ endpoint: string | null; region: string | null }> {
  withHome();
  const client = new S3Client({ forcePathStyle: true });
  try {
    const region = await client.config.region().catch(() => null);
    return { endpoint: await configuredEndpoint(region ?? 'us-east-1'), region };
  } finally {
    client.destroy();
  }
}

/** The place to which the SDK would send a request; nothing is sent. */
async function configuredEndpoint(region: string): Promise<string | null> {
  const client = new S3Client({ region, forcePathStyle: true, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
  let found: string | null = null;
  client.middlewareStack.add(
    () => async (args) => {
      const { protocol, hostname, port, path } = args.request as { protocol: string; hostname: string; port?: number; path: string };
      found = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path.replace(/\/bucket\/?$/, '')}`;
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'build', priority: 'low', name: 'whereTo' },
  );
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  client.destroy();
  return found === null || new URL(found).hostname.endsWith(`.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`)
    ? null
    : found;
}

/** A text that changes when one of these files is written. */
function sharedFiles(): string {
  withHome();
  const files = [
    process.env['AWS_SHARED_CREDENTIALS_FILE'] || join(homedir(), '.aws/credentials'),
    process.env['AWS_CONFIG_FILE'] || join(homedir(), '.aws/config'),
  ];
  return JSON.stringify(
    files.map((file) => {
      const facts = statSync(file, { throwIfNoEntry: false });
      return facts === undefined ? null : [facts.ino, facts.size, facts.mtimeMs];
    }),
  );
}

/**
 * The SDK asks for the home folder and fails without one. A user without an entry in passwd has
 * none.
 */
function withHome(): void {
  try {
    homedir();
  } catch {
    process.env['HOME'] = '/';
  }
}
