import { TailraceError } from '../core/errors.ts';
import { sql } from '../warehouse-sql/load.ts';
import { clickhouseCodeOf } from './clickhouse-code.ts';
import type { Engine } from './engine.ts';
import { literalCh } from './names.ts';

export interface LakeCredentials {
  /**
   * Address of the lake as ClickHouse's s3() takes it: endpoint, bucket and prefix, ending in a
   * slash.
   */
  readonly url: string;
  readonly keyId: string;
  readonly secret: string;
  /** Session token of temporary credentials. Call again before they expire. */
  readonly token?: string;
}

export const LAKE_COLLECTION = 'tailrace_lake';

/**
 * Creates or updates the named collection through which statements read the lake:
 * `s3(tailrace_lake, filename = '…', format = 'Arrow', structure = '…')`.
 * So no statement carries a key, and none shows in system.processes, an error or a log. `NOT
 * OVERRIDABLE` keeps a statement from sending the keys elsewhere. The engine shows such values as
 * [HIDDEN]; an embedded one stores them in the warehouse's directory, which only its user may
 * enter.
 * Errors: WAREHOUSE_REFUSED when the server's user lacks `NAMED COLLECTION ADMIN`. The engine's own
 * text is never part of an error.
 */
export async function defineLakeCollection(engine: Engine, credentials: LakeCredentials): Promise<void> {
  const { url, keyId, secret, token } = credentials;
  const keys = { access_key_id: keyId, secret_access_key: secret, session_token: token ?? '' };
  const list = Object.entries({ url, ...keys }).map(([key, value]) => `${key} = ${literalCh(value)} NOT OVERRIDABLE`);
  const collection = { collection: LAKE_COLLECTION, assignments: list.join(', ') };
  try {
    await engine.exec(sql('create-lake-collection', collection));
    await engine.exec(sql('set-lake-collection', collection));
  } catch (error) {
    const code = error instanceof TailraceError ? error.code : 'WAREHOUSE_QUERY';
    // No cause: the engine may quote the statement that it refused.
    throw new TailraceError(
      code,
      `the named collection ${LAKE_COLLECTION} could not be created (ClickHouse error ${clickhouseCodeOf(error) ?? 'unknown'})`,
    );
  }
}
