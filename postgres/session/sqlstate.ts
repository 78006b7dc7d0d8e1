import { DatabaseError } from 'pg';
import type { ErrorCode } from '../../core/errors.ts';
import { TailraceError } from '../../core/errors.ts';

/**
 * SQLSTATE → code, by the whole state or by its class (two characters).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * States with a special meaning for slots (55000, 42704, 55P03) are handled in slot-trouble.ts.
 */
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '08': 'SOURCE_UNREACHABLE',
  '08P01': 'SOURCE_REFUSED', // a pooler refuses startup options or the replication protocol
  '25': 'SOURCE_BUSY', // a limit of the server ended a transaction, or it writes nothing just now
  '28': 'SOURCE_AUTH',
  '3D': 'SOURCE_REFUSED',
  '0A': 'SOURCE_REFUSED',
  '40': 'SOURCE_BUSY',
  '42501': 'SOURCE_REFUSED',
  '53': 'SOURCE_BUSY',
  '53400': 'SOURCE_REFUSED', // all slots or senders are taken
  '55006': 'SLOT_IN_USE',
  '55P03': 'SOURCE_BUSY',
  '57': 'SOURCE_UNREACHABLE',
  '57014': 'SOURCE_BUSY',
};

const TLS_CODE = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_|EPROTO)/;

/**
 * The SQLSTATE of a server's error, also if that error is wrapped as a cause; null for other
 * errors.
 */
export function sqlState(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DatabaseError) return at.code ?? null;
  }
  return null;
}

/**
 * Any failure of a call to the source → an error of the registry. `doing` says what was tried:
 * "reading the catalog".
 */
export function sourceError(error: unknown, doing: string): TailraceError {
  if (error instanceof TailraceError) return error;
  const text = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
  return new TailraceError(errorCode(error), `${doing}: ${text}`, { cause: error });
}

function errorCode(error: unknown): ErrorCode {
  if (error instanceof DatabaseError) {
    const state = error.code ?? '';
    return BY_STATE[state] ?? BY_STATE[state.slice(0, 2)] ?? 'SOURCE_QUERY';
  }
  if (TLS_CODE.test(codeOf(error))) return 'SOURCE_TLS';
  // The driver reports lost connections and timeouts as plain errors. An error with its own class
  // is a bug.
  const network = codeOf(error) !== '' || (error instanceof Error && error.constructor === Error);
  return network ? 'SOURCE_UNREACHABLE' : 'INTERNAL';
}

/** errno or TLS code of a socket error; empty if there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
