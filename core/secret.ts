import { createHash, timingSafeEqual } from 'node:crypto';
import { TailraceError } from './errors.ts';
import { isLoopbackHost } from './loopback.ts';

/** Whether a text is the secret, in constant time. It compares digests, as lengths may differ. */
export function isSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

/** The secret of an Authorization header: a bearer token, or the password of Basic; else null. */
export function sentSecret(authorization: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(\w+) +(.*)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

/** The user of Basic in an Authorization header; else null. */
export function sentUser(authorization: string | undefined): string | null {
  const [, value] = /^basic +(.*)$/i.exec(authorization ?? '') ?? [];
  return value === undefined ? null : (Buffer.from(value, 'base64').toString().split(':')[0] ?? null);
}

/** Throws BAD_CONFIG when other machines could reach what listens there without a token. */
export function requireToken(kind: 'http' | 'sql', { host, token }: { readonly host: string; readonly token: string | null }): void {
  if (token !== null || isLoopbackHost(host.includes(':') ? `[${host}]` : host)) return;
  throw new TailraceError('BAD_CONFIG', `${kind}Host is ${host}, which other machines can reach, but ${kind}Token is not set`, {
    hint: `Set TAILRACE_${kind.toUpperCase()}_TOKEN to a long random text, or leave ${kind}Host at its default.`,
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
