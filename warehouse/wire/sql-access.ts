import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost, isLoopbackOrigin } from '../../core/loopback.ts';
import { isSecret, sentSecret } from '../../core/secret.ts';

/** Who asks the SQL endpoint, as far as a request tells. */
export interface SqlCaller {
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** Another tailrace process that could read the owner's file. */
  readonly isOurs: boolean;
}

/** A refusal as ClickHouse words it: its code, and a text that ends with the code's name. */
export interface Refusal {
  readonly code: 194 | 497 | 516;
  readonly text: string;
}

/**
 * Why a request is refused; null: it is answered.
 * Without a token, only programs and pages of this machine are answered. A foreign page whose name
 * resolves to this machine sends its own name as Host.
 * With a token, a request must carry it where ClickHouse takes a password, or as a bearer token.
 * Then its Host says nothing: a foreign page does not know the token. `/ping` needs none.
 */
export function refusalOf(token: string | null, { headers, url, isOurs }: SqlCaller): Refusal | null {
  if (token === null) {
    if (isLoopbackHost(headers.host) && isLoopbackOrigin(headers.origin)) return null;
    return { code: 497, text: 'only requests from this machine are answered. (ACCESS_DENIED)' };
  }
  if (isOurs || url.pathname === '/ping') return null;
  const sent = sentSecret(headers.authorization) ?? keyOf(headers) ?? url.searchParams.get('password');
  if (sent === null || sent === '') return { code: 194, text: 'the password (sqlToken) is missing. (REQUIRED_PASSWORD)' };
  if (isSecret(sent, token)) return null;
  return { code: 516, text: 'Authentication failed: the password is not sqlToken. (AUTHENTICATION_FAILED)' };
}

function keyOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['x-clickhouse-key'];
  return typeof key === 'string' ? key : null;
}

/** The address under which processes of this machine reach what listens on `host`, for a URL. */
export function reachedAs(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
