import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost, isLoopbackOrigin } from '../../core/loopback.ts';
import { isSecret, sentSecret, sentUser } from '../../core/secret.ts';

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
  return refusalOfPassword('sqlToken', token, { headers, url });
}

/** The user that may write, where sqlWrites names databases. */
const BUILDER = 'builder';

/** Whether a request is of user builder: by Basic, by header, or by the URL. */
export function isOfBuilder({ headers, url }: Pick<SqlCaller, 'headers' | 'url'>): boolean {
  return [sentUser(headers.authorization), textOf(headers, 'x-clickhouse-user'), url.searchParams.get('user')].includes(BUILDER);
}

/** As `refusalOf`, for user builder: nobody is builder without the token. */
export function refusalOfBuilder(writeToken: string, caller: Pick<SqlCaller, 'headers' | 'url'>): Refusal | null {
  return refusalOfPassword('sqlWriteToken', writeToken, caller);
}

function refusalOfPassword(name: string, token: string, { headers, url }: Pick<SqlCaller, 'headers' | 'url'>): Refusal | null {
  const sent = sentSecret(headers.authorization) ?? textOf(headers, 'x-clickhouse-key') ?? url.searchParams.get('password');
  if (sent === null || sent === '') return { code: 194, text: `the password (${name}) is missing. (REQUIRED_PASSWORD)` };
  if (isSecret(sent, token)) return null;
  return { code: 516, text: `Authentication failed: the password is not ${name}. (AUTHENTICATION_FAILED)` };
}

function textOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

/** The address under which processes of this machine reach what listens on `host`, for a URL. */
export function reachedAs(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
