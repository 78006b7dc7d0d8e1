import { describeError, TailraceError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';

/**
 * An error as ClickHouse reported it. Codes:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
 */
class ClickHouseError extends Error {
  readonly clickhouseCode: number | null;

  constructor(code: number | null, message: string) {
    super(message);
    this.name = 'ClickHouseError';
    this.clickhouseCode = code;
  }
}

export const CLICKHOUSE = {
  unknownTable: 60,
  syntaxError: 62,
  cannotOpenFile: 76,
  unknownDatabase: 81,
  noSuchFile: 107,
  timeoutExceeded: 159,
  readonly: 164,
  networkError: 210,
  notImplemented: 48,
  unexpectedEnd: 3,
  aborted: 236,
  memoryLimit: 241,
  notEnoughSpace: 243,
  queryCancelled: 394,
  accessDenied: 497,
  thrown: 395,
} as const;

/** The text of the throwIf in a statement whose lease of the warehouse is lost. */
export const LEASE_LOST = 'tailrace: another compactor has taken over this warehouse';

const UNAVAILABLE = new Set([
  3, // UNEXPECTED_END_OF_FILE (of a connection)
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  225, // NO_ZOOKEEPER
  236, // ABORTED (server is shutting down)
  242, // TABLE_IS_READ_ONLY (a replica lost its keeper)
  244, // UNEXPECTED_ZOOKEEPER_ERROR
  252, // TOO_MANY_PARTS
  254, // NO_ACTIVE_REPLICAS
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  289, // REPLICA_IS_NOT_IN_QUORUM
  319, // UNKNOWN_STATUS_OF_INSERT
  341, // UNFINISHED (replicas have yet to do what was decided, or could not agree in time)
  369, // ALL_REPLICAS_ARE_STALE
  394, // QUERY_WAS_CANCELLED
  416, // REPLICA_STATUS_CHANGED
  425, // SYSTEM_ERROR
  517, // CANNOT_ASSIGN_ALTER (a replica has yet to apply the ALTER before)
  529, // NOT_A_LEADER (a replica has yet to apply definitions of its database)
  999, // KEEPER_EXCEPTION
]);

const REFUSED = new Set([
  192, // UNKNOWN_USER
  193, // WRONG_PASSWORD
  194, // REQUIRED_PASSWORD
  291, // DATABASE_ACCESS_DENIED
  497, // ACCESS_DENIED
  516, // AUTHENTICATION_FAILED
]);

/** A ClickHouse error code → the code of our registry. */
function codeOf(clickhouseCode: number | null): ErrorCode {
  if (clickhouseCode === null) return 'WAREHOUSE_QUERY';
  if (UNAVAILABLE.has(clickhouseCode)) return 'WAREHOUSE_UNAVAILABLE';
  if (REFUSED.has(clickhouseCode)) return 'WAREHOUSE_REFUSED';
  if (clickhouseCode === CLICKHOUSE.notEnoughSpace) return 'WAREHOUSE_FULL';
  if (clickhouseCode === 499) return 'LAKE_UNAVAILABLE'; // S3_ERROR: the only S3 the engine reads is the lake
  return 'WAREHOUSE_QUERY';
}

/** How ClickHouse words an exception; `what` ends with the name of the code in parentheses. */
export function exceptionText(clickhouseCode: number, what: string): string {
  return `Code: ${clickhouseCode}. DB::Exception: ${what}`;
}

/** An exception that we raise in the engine's stead, worded as the engine would. */
export function raisedHere(clickhouseCode: number, what: string): TailraceError {
  return engineError(clickhouseCode, exceptionText(clickhouseCode, what));
}

/**
 * An answer of the engine → the error a user may see, with the answer as its cause. `ofBuilder`: a
 * statement that builds a model. Nobody waits until more memory is left for it, because the other
 * models would wait too.
 */
export function engineError(clickhouseCode: number | null, message: string, { ofBuilder = false } = {}): TailraceError {
  const said = message.replace(/^(?:Code: \d+\. DB::Exception: )+(?=Code: )/, '').replace(/\s*\(version [^)]*\)+/, '');
  if (clickhouseCode === CLICKHOUSE.thrown && said.includes(LEASE_LOST))
    return new TailraceError('WAREHOUSE_TAKEN', 'this warehouse has a newer lease', {
      cause: new ClickHouseError(clickhouseCode, said),
    });
  const grant = clickhouseCode === CLICKHOUSE.accessDenied ? missingGrant(said) : null;
  if (grant !== null)
    return new TailraceError('WAREHOUSE_REFUSED', said, {
      cause: new ClickHouseError(clickhouseCode, said),
      hint: `Run \`${grant}\` on the server.`,
    });
  const passes = isLateReplica(clickhouseCode, said) || (!ofBuilder && isOfAll(clickhouseCode, said));
  const code = passes ? 'WAREHOUSE_UNAVAILABLE' : codeOf(clickhouseCode);
  return new TailraceError(code, said, { cause: new ClickHouseError(clickhouseCode, said) });
}

/**
 * The GRANT that a refusal asks for; null: it names none. KILL QUERY says only whose statement it
 * must not end.
 */
function missingGrant(said: string): string | null {
  const [, killer] = /DB::Exception: (?:User )?(\S+) attempts to kill query created by/.exec(said) ?? [];
  if (killer !== undefined) return `GRANT KILL QUERY ON *.* TO ${killer}`;
  const [, user, grant] =
    /DB::Exception: (\S+): Not enough privileges\..*? have the grant (.+? ON [^\s.]+(?:\.[^\s.]+)?)/s.exec(said) ?? [];
  return user === undefined || grant === undefined ? null : `GRANT ${grant} TO ${user}`;
}

/**
 * The memory limit of the whole engine was reached, by any statements together: the one that failed
 * need not be the one that is too large. ClickHouse has one code for both cases and tells them
 * apart only in its text.
 */
function isOfAll(clickhouseCode: number | null, said: string): boolean {
  return clickhouseCode === CLICKHOUSE.memoryLimit && said.includes('(total)');
}

/**
 * A replica did not do in time what another one had done. The same code also ends a statement that
 * took too long by itself.
 */
function isLateReplica(clickhouseCode: number | null, said: string): boolean {
  return clickhouseCode === CLICKHOUSE.timeoutExceeded && /distributed[ _]ddl|SYNC (?:DATABASE )?REPLICA/i.test(said);
}

/** The ClickHouse code behind any thrown value, or null. */
export function clickhouseCodeOf(error: unknown): number | null {
  if (error instanceof ClickHouseError) return error.clickhouseCode;
  return error instanceof Error && error.cause !== undefined ? clickhouseCodeOf(error.cause) : null;
}

/**
 * Any thrown value → an error as ClickHouse would report it: its code, and the text that begins
 * with it.
 */
export function exceptionOf(error: unknown): { code: number; text: string } {
  const said = error instanceof Error && error.cause instanceof ClickHouseError ? error.cause : null;
  const code = said?.clickhouseCode ?? CLICKHOUSE.networkError;
  return { code, text: said?.message ?? exceptionText(code, `${describeError(error)} (NETWORK_ERROR)`) };
}

/** The number in `Code: 62. DB::Exception: …`, which every text of the engine begins with. */
export function parseClickhouseCode(text: string): number | null {
  const match = /(?:^|\s)Code: (\d+)\./.exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
}
