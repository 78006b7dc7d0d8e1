import type { IncomingMessage } from 'node:http';
import { isSecret, sentSecret } from '../core/secret.ts';
import { isLoopbackHost, isLoopbackOrigin } from '../core/loopback.ts';

const COOKIE = 'tailrace_token';

/** Where the page listens, and the token that requests must carry. */
export interface HttpAccess {
  readonly host: string;
  /** Null: everyone on this machine may look. */
  readonly token: string | null;
}

/**
 * What a request may see: everything, only the answers to probes, or nothing. `welcome`: its
 * address has the token, which becomes a cookie.
 */
export type Admission = 'all' | 'welcome' | 'probes' | 'foreign';

/**
 * Without a token, only pages and programs of this machine are answered. A foreign page whose name
 * resolves to this machine sends its own name as Host. With a token, a request must carry it:
 * `Authorization: Bearer`, Basic with it as password, or `?token=` once. A foreign page cannot use
 * our cookie (SameSite).
 */
export function admit({ token }: HttpAccess, { headers, url }: Pick<IncomingMessage, 'headers' | 'url'>): Admission {
  if (token === null) return isLoopbackHost(headers.host) && isLoopbackOrigin(headers.origin) ? 'all' : 'foreign';
  if (headers.origin !== undefined && !isSameHost(headers.origin, headers.host)) return 'foreign';
  if (isSecret(sentSecret(headers.authorization) ?? cookie(headers.cookie) ?? '', token)) return 'all';
  const query = new URLSearchParams(url?.split('?')[1]);
  return isSecret(query.get('token') ?? '', token) ? 'welcome' : 'probes';
}

/** The Set-Cookie header that makes a browser keep the token; no script can read it. */
export function cookieHeader(token: string): string {
  return `${COOKIE}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`;
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function cookie(header: string | undefined): string | null {
  const found = (header ?? '').split(/;\s*/).find((part) => part.startsWith(`${COOKIE}=`));
  return found === undefined ? null : decodeURIComponent(found.slice(COOKIE.length + 1));
}
