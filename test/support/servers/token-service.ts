import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Keys that the service gives for a role; null: it refuses to let the role be assumed. */
interface RoleKeys {
  readonly keyId: string;
  readonly secret: string;
}

/** A double of AWS STS: it answers AssumeRole, and keeps what it was asked. */
export interface TokenService extends AsyncDisposable {
  /**
   * Environment of a process that shall ask it: an HTTP proxy, because the engine has the address
   * of STS built in.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Parameters of each request, and the host that it was meant for. */
  readonly asked: readonly { readonly host: string; readonly params: Readonly<Record<string, string>> }[];
}

const HOUR_MS = 3_600_000;

export async function startTokenService(keys: RoleKeys | null): Promise<TokenService> {
  const asked: { host: string; params: Record<string, string> }[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://none');
    asked.push({ host: url.host, params: Object.fromEntries(url.searchParams) });
    request.resume();
    response.writeHead(keys === null ? 403 : 200, { 'content-type': 'text/xml' }).end(keys === null ? REFUSAL : answer(keys));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    environment: { http_proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, no_proxy: '127.0.0.1' },
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html without a session token:
 * versitygw knows none and refuses requests that carry one.
 */
function answer({ keyId, secret }: RoleKeys): string {
  const parts = {
    AccessKeyId: keyId,
    SecretAccessKey: secret,
    Expiration: new Date(Date.now() + HOUR_MS).toISOString(),
  };
  const credentials = Object.entries(parts).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials.join('')}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

const REFUSAL =
  '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>';
