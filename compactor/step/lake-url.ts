import type { StoreLocation } from '../../lake/store/object-store.ts';

/**
 * Address of the first folder of a lake on S3, as ClickHouse takes it: with the bucket in the path
 * whenever an endpoint is configured. It ends in a slash.
 */
export function lakeUrl({ endpoint, region, bucket, prefix, pathStyle }: StoreLocation & { kind: 's3' }): string {
  // The engine decodes the URL, so a `%` or a space in a name must be encoded.
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '').split('/').map(encodeURIComponent).join('/')}/`;
  const aws = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  if (endpoint === null && !pathStyle) return `https://${bucket}.${aws}/${folder}`;
  const base = (endpoint ?? `https://${aws}`).replace(/\/$/, '');
  return `${base}/${bucket}/${folder}`;
}
