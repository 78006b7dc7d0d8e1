import { TailraceError } from '../core/errors.ts';
import { clickhouseCodeOf } from './clickhouse-code.ts';
import type { Engine } from './engine.ts';
import { literalCh } from './names.ts';

export interface LakeCredentials {
  /**
   * Where the lake begins, as ClickHouse's s3() takes it: endpoint, bucket and prefix, ending in a
   * slash.
   */
  readonly url: string;
  /** Left out: the engine uses a role of its machine. */
  readonly keyId?: string;
  readonly secret?: string;
  /** Of temporary credentials. Call again before they end. */
  readonly token?: string;
}

export const LAKE_COLLECTION = 'tailrace_lake';

/**
 * Makes or renews the named collection through which statements read the lake:
 * `s3(tailrace_lake, filename = '…', format = 'Arrow', structure = '…')`.
 * So no statement carries a key: not in system.processes, not in an error, not in a log. `NOT
 * OVERRIDABLE` keeps a statement from sending them elsewhere. The engine shows such values as
 * [HIDDEN]; embedded, it stores them within the warehouse's directory, which only its user may
 * enter.
 * Errors: WAREHOUSE_REFUSED when the server's user lacks `NAMED COLLECTION ADMIN`, and never the
 * engine's own text.
 */
export async function defineLakeCollection(engine: Engine, credentials: LakeCredentials): Promise<void> {
  const { url, keyId, secret, token } = credentials;
  const keys: Record<string, string> =
    keyId === undefined
      ? { use_environment_credentials: '1' }
      : { access_key_id: keyId, secret_access_key: secret ?? '', session_token: token ?? '' };
  const assignments = Object.entries({ url, ...keys }).map(([key, value]) => `${key} = ${literalCh(value)} NOT OVERRIDABLE`);
  try {
    await engine.exec(`CREATE NAMED COLLECTION IF NOT EXISTS ${LAKE_COLLECTION} AS ${assignments.join(', ')}`);
    await engine.exec(`ALTER NAMED COLLECTION ${LAKE_COLLECTION} SET ${assignments.join(', ')}`);
  } catch (error) {
    const code = error instanceof TailraceError ? error.code : 'WAREHOUSE_QUERY';
    // No cause: the engine may quote a statement that it did not like.
    throw new TailraceError(
      code,
      `the named collection ${LAKE_COLLECTION} could not be made (ClickHouse error ${clickhouseCodeOf(error) ?? 'unknown'})`,
    );
  }
}
