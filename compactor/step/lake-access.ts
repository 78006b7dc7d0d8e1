import { isDeepStrictEqual } from 'node:util';
import type { ObjectStore, StoreCredentials, StoreLocation } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { defineLakeCollection } from '../../warehouse/lake-collection.ts';

/**
 * Lets the engine read a lake on S3 in the same way as the store: with its address, region and
 * credentials.
 */
export class LakeAccess {
  readonly #engine: Engine;
  readonly #store: ObjectStore;
  #given: StoreCredentials | null = null;

  constructor(engine: Engine, store: ObjectStore) {
    this.#engine = engine;
    this.#store = store;
  }

  /**
   * Gives the engine the present credentials. Call it before each piece of work: it costs nothing
   * while they stay the same.
   */
  async renew(): Promise<void> {
    const { location } = this.#store;
    if (location.kind !== 's3' || this.#store.credentials === undefined) return;
    const found = await this.#store.credentials();
    if (isDeepStrictEqual(found, this.#given)) return;
    const { keyId, secret, token } = found;
    await defineLakeCollection(this.#engine, { url: lakeUrl(location), keyId, secret, ...(token === null ? {} : { token }) });
    this.#given = found;
  }
}

/**
 * Address of the lake's first folder, as ClickHouse takes it: with the bucket in the path whenever
 * an endpoint is configured.
 */
export function lakeUrl({ endpoint, region, bucket, prefix, pathStyle }: StoreLocation & { kind: 's3' }): string {
  // The engine decodes the URL, so a `%` or a space in a name must be encoded.
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '').split('/').map(encodeURIComponent).join('/')}/`;
  const aws = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  if (endpoint === null && !pathStyle) return `https://${bucket}.${aws}/${folder}`;
  const base = (endpoint ?? `https://${aws}`).replace(/\/$/, '');
  return `${base}/${bucket}/${folder}`;
}
