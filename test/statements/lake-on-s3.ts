import { lakeUrl } from '../../compactor/step/lake-url.ts';
import type { ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';

const BUCKET: StoreLocation & { kind: 's3' } = {
  kind: 's3',
  endpoint: 'http://store.test:9000',
  region: 'eu-central-1',
  bucket: 'lake',
  prefix: '',
  pathStyle: true,
};

/** Where statements look for the objects of `lakeOnS3`. */
export const BUCKET_URL = lakeUrl(BUCKET);

/** A store that says it is a bucket. */
export function lakeOnS3(inner: ObjectStore): ObjectStore {
  return {
    location: BUCKET,
    credentials: () => Promise.resolve({ keyId: 'key', secret: "se'cret", token: null }),
    put: (key, bytes) => inner.put(key, bytes),
    putStream: (key, chunks) => inner.putStream(key, chunks),
    replace: (key, bytes) => inner.replace(key, bytes),
    get: (key) => inner.get(key),
    getRange: (key, start, end) => inner.getRange(key, start, end),
    head: (key) => inner.head(key),
    list: (prefix, startAfter) => inner.list(prefix, startAfter),
    delete: (key) => inner.delete(key),
    ...(inner.watch === undefined ? {} : { watch: inner.watch.bind(inner) }),
    close: () => inner.close(),
  };
}
