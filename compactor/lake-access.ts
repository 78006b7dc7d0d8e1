import { TailraceError } from '../core/errors.ts';
import type { ObjectStore, StoreLocation } from '../lake/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import { defineLakeCollection } from '../warehouse/lake-collection.ts';

/** Lets the engine read a lake on S3 with the credentials the AWS SDK finds here. Call again before temporary ones end. */
export async function giveLakeAccess(engine: Engine, store: ObjectStore): Promise<void> {
  const { location } = store;
  if (location.kind !== 's3') return;
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ region: location.region });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    const keys = { keyId: accessKeyId, secret: secretAccessKey, ...(sessionToken === undefined ? {} : { token: sessionToken }) };
    await defineLakeCollection(engine, { url: lakeUrl(location), ...keys });
  } catch (error) {
    if (error instanceof TailraceError) throw error;
    throw new TailraceError('LAKE_UNAVAILABLE', 'there are no credentials for the engine to read the lake with', {
      hint: 'Give credentials as the AWS SDK reads them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role.',
    });
  } finally {
    client.destroy();
  }
}

/** Address of the lake's first folder, as ClickHouse takes it: with the bucket in the path wherever there is an endpoint of one's own. */
export function lakeUrl({ endpoint, region, bucket, prefix, pathStyle }: StoreLocation & { kind: 's3' }): string {
  // The engine decodes the URL: a `%` or a space in a name must be written as one.
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '').split('/').map(encodeURIComponent).join('/')}/`;
  if (endpoint === null && !pathStyle) return `https://${bucket}.s3.${region}.amazonaws.com/${folder}`;
  const base = (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/$/, '');
  return `${base}/${bucket}/${folder}`;
}
